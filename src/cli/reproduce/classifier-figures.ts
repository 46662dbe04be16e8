/** The paper's figure 3, drawn from our own numbers, and the errors through training. */

import { type Color, figure, type Layer, line, type Panel, panel, points } from '../../plot/index.ts'
import { KINDS, type Kind, LABELS, TOLERANCE } from './classifier-models.ts'
import type { AtTolerance } from './classifier-sweep.ts'
import type { Epoch, TrainResult } from './classifier-train.ts'

const COLORS: Readonly<Record<Kind, Color>> = {
  mlp: 'grey',
  resnet: 'orange',
  euler: 'gold',
  ode: 'blue',
  backsolve: 'green',
  softplus: 'purple',
}
const SOURCE =
  'After Chen, Rubanova, Bettencourt, Duvenaud 2018, section 3; trained by relode reproduce ode-classifier.'

export function figures(results: readonly TrainResult[], data: string): Record<string, string> {
  const first = results.filter(({ seed }) => seed === results[0]?.seed)
  const odes = first.filter(({ exact }) => exact !== undefined)
  return { 'ode-classifier.svg': costFigure(odes, data), 'ode-classifier-training.svg': trainingFigure(first, data) }
}

/** One line with marks for every network. */
function layersOf<T>(
  runs: readonly TrainResult[],
  list: (run: TrainResult) => readonly T[],
  x: (item: T) => number,
  y: (item: T) => number,
): Layer[] {
  return runs.flatMap((run) => {
    const common = { x: list(run).map(x), y: list(run).map(y), label: LABELS[run.kind], color: COLORS[run.kind] }
    return [line(common), points({ ...common, radius: 2.4 })]
  })
}

const tolerances = ({ tolerances }: TrainResult): readonly AtTolerance[] => tolerances
const epochs = ({ epochs }: TrainResult): readonly Epoch[] => epochs

/** Against the longest of the same network: what a matrix product costs is not the question. */
function timesOf(odes: readonly TrainResult[]): Layer[] {
  return odes.flatMap((run) => {
    const slowest = Math.max(...run.tolerances.map(({ seconds }) => seconds ?? 0))
    return layersOf(
      [run],
      tolerances,
      (at) => at.forward,
      (at) => (at.seconds ?? Number.NaN) / slowest,
    )
  })
}

/** Panels a to d as in the paper. */
function costFigure(odes: readonly TrainResult[], data: string): string {
  const forward = { label: 'evaluations forward', log: true }
  const counts = odes.flatMap(tolerances).map((at) => at.forward)
  const ends = [Math.min(...counts), Math.max(...counts)]
  const guide = (factor: number, label: string): Layer =>
    line({ x: ends, y: ends.map((n) => factor * n), dash: 'dashed', width: 1.2, color: 'grey', label })
  const pair = (title: string, y: Panel['y'], layers: Layer[], legend: boolean): Panel =>
    panel({ title, x: forward, y, layers, legend })
  const distance = layersOf(
    odes,
    tolerances,
    (at) => at.forward,
    (at) => at.distance,
  )
  const time = timesOf(odes)
  const backward = layersOf(
    odes,
    tolerances,
    (at) => at.forward,
    (at) => at.backward,
  )
  const training = layersOf(
    odes,
    epochs,
    (at) => at.epoch,
    (at) => at.forward ?? Number.NaN,
  )
  const most = 1.2 * Math.max(...odes.flatMap(epochs).map((at) => at.forward ?? 0))
  return figure({
    title: 'A trained neural ODE trades accuracy for evaluations',
    subtitle: `${data}. a to c: tolerances from 1e-1 to 1e-6 after training at ${TOLERANCE}, in double precision.`,
    panels: [
      pair('a. What the solver is off by', { label: 'relative error', log: true }, distance, true),
      pair('b. Time', { label: 'of its longest', log: true }, time, false),
      pair(
        'c. The adjoint equation',
        { label: 'evaluations backward', log: true },
        [...backward, guide(1, 'as many'), guide(0.5, 'half as many: the paper')],
        true,
      ),
      panel({
        title: `d. Through training, tolerance ${TOLERANCE}`,
        x: { label: 'epoch' },
        y: { label: 'evaluations forward', domain: [0, most] },
        layers: training,
        legend: false,
      }),
    ],
    columns: 2,
    width: 960,
    height: 860,
    footer: SOURCE,
  })
}

function trainingFigure(runs: readonly TrainResult[], data: string): string {
  const errors = layersOf(
    runs,
    epochs,
    (at) => at.epoch,
    // No error at all has no place on a log axis.
    (at) => (at.error === 0 ? Number.NaN : 100 * at.error),
  ).filter(({ kind }) => kind === 'line')
  const odes = runs.filter(({ exact }) => exact !== undefined)
  const byTolerance = layersOf(
    odes,
    tolerances,
    (at) => at.tolerance,
    (at) => 100 * at.error,
  )
  const kinds = KINDS.filter((kind) => runs.some((run) => run.kind === kind)).length
  return figure({
    title: `${kinds} networks between the same two affine maps`,
    subtitle: `${data}: share of the test images in the wrong class.`,
    panels: [
      panel({
        title: 'Through training',
        x: { label: 'epoch' },
        y: { label: 'test error, %', log: true },
        layers: errors,
      }),
      panel({
        title: 'At other tolerances, after training',
        x: { label: 'tolerance', log: true },
        y: { label: 'test error, %' },
        layers: byTolerance,
        legend: false,
      }),
    ],
    width: 960,
    footer: SOURCE,
  })
}
