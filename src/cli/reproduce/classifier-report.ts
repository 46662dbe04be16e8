/** The tables and all numbers: test errors beside those of the paper, evaluations and what a tolerance costs. */

import { mean } from '../mean.ts'
import { align } from '../report.ts'
import type { Images } from './classifier-data.ts'
import { figures } from './classifier-figures.ts'
import { KINDS, type Kind, LABELS, TOLERANCE } from './classifier-models.ts'
import type { Epoch, TrainResult } from './classifier-train.ts'
import type { Report } from './experiment.ts'

/** Chen et al. 2018, table 1: test errors on MNIST of networks with convolutions, but for the first. */
export const PAPER: Readonly<Partial<Record<Kind, { readonly name: string; readonly error: number }>>> = {
  mlp: { name: '1-layer MLP', error: 0.016 },
  resnet: { name: 'ResNet', error: 0.0041 },
  ode: { name: 'RK-Net', error: 0.0047 },
  backsolve: { name: 'ODE-Net', error: 0.0042 },
}

export function reportOf(results: readonly TrainResult[], images: Images): Report {
  const counts = `${images.train.labels.length} images to train with, ${images.test.labels.length} to test`
  const texts = [`${images.name}: ${counts}`, errorTable(results), evaluationTable(results), toleranceTable(results)]
  return {
    numbers: { data: { name: images.name, hash: images.hash }, networks: summary(results), runs: results },
    figures: figures(results, images.name),
    text: texts.join('\n\n'),
  }
}

export const last = ({ epochs }: TrainResult): Epoch => epochs.at(-1) as Epoch

export const ofKind = (results: readonly TrainResult[], kind: Kind): TrainResult[] =>
  results.filter((result) => result.kind === kind)

/** One entry a network: the errors of its seeds, and of neural ODEs the evaluations of a batch in the first and last epoch. */
function summary(results: readonly TrainResult[]): object[] {
  return KINDS.map((kind) => {
    const runs = ofKind(results, kind)
    const errors = runs.map((run) => last(run).error)
    return {
      ...{ kind, parameters: runs[0]?.parameters, seeds: runs.length, paper: PAPER[kind]?.error ?? null },
      testError: { mean: mean(errors), least: Math.min(...errors), most: Math.max(...errors) },
      trainError: mean(runs.map(({ trainError }) => trainError)),
      evaluations: evaluationsOf(runs) ?? null,
    }
  })
}

function evaluationsOf(runs: readonly TrainResult[]): { [name: string]: number } | undefined {
  const at = (of: (run: TrainResult) => number | undefined): number => mean(runs.map((run) => of(run) ?? Number.NaN))
  if (runs.some((run) => run.exact === undefined)) return undefined
  const [forward, backward] = [at((run) => last(run).forward), at((run) => last(run).backward)]
  return {
    firstForward: at(({ epochs }) => epochs[0]?.forward),
    forward,
    firstBackward: at(({ epochs }) => epochs[0]?.backward),
    backward,
    ratio: backward / forward,
    exact: at(({ exact }) => exact),
  }
}

const percent = (value: number): string => (100 * value).toFixed(2)

function errorTable(results: readonly TrainResult[]): string {
  const rows = KINDS.flatMap((kind) => {
    const runs = ofKind(results, kind)
    const errors = runs.map((run) => last(run).error)
    const paper = PAPER[kind]
    return [
      [
        LABELS[kind],
        String(runs[0]?.parameters),
        percent(mean(errors)),
        runs.length === 1 ? '-' : `${percent(Math.min(...errors))} to ${percent(Math.max(...errors))}`,
        percent(mean(runs.map(({ trainError }) => trainError))),
        paper === undefined ? '-' : `${paper.name} ${percent(paper.error)}`,
      ],
    ]
  })
  const seeds = new Set(results.map(({ seed }) => seed)).size
  const head = ['errors in %', 'parameters', 'test', `of ${seeds} seeds`, 'training', 'paper, MNIST, convolutions']
  return align([head, ...rows])
}

function evaluationTable(results: readonly TrainResult[]): string {
  const rows = KINDS.flatMap((kind) => {
    const found = evaluationsOf(ofKind(results, kind))
    if (found === undefined) return []
    const { firstForward, forward, firstBackward, backward, ratio, exact } = found as Record<string, number>
    const counts = [firstForward, forward, firstBackward, backward, exact].map((v) => (v as number).toFixed(1))
    return [[LABELS[kind], ...counts.slice(0, 4), (ratio as number).toFixed(2), counts[4] as string]]
  })
  const head = ['', 'forward, first epoch', 'last', 'adjoint, first', 'last', 'adjoint/forward', 'exact gradient']
  return `Evaluations of the field for one batch, rtol = atol = ${TOLERANCE}; the paper has adjoint/forward near 0.5\n${align([head, ...rows])}`
}

function toleranceTable(results: readonly TrainResult[]): string {
  const rows = KINDS.flatMap((kind) =>
    ofKind(results, kind).flatMap(({ tolerances }) =>
      tolerances.map(({ tolerance, error, distance, forward, backward, seconds }) => [
        LABELS[kind],
        tolerance.toExponential(0),
        percent(error),
        distance.toExponential(1),
        forward.toFixed(1),
        backward.toFixed(1),
        (backward / forward).toFixed(2),
        (1e6 * ((seconds ?? Number.NaN) / forward)).toFixed(0),
      ]),
    ),
  )
  const head = ['after training', 'tolerance', 'test error', 'off by', 'forward', 'adjoint', 'ratio', 'µs each']
  return align([head, ...rows])
}
