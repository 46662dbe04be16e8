/** One training: a cell on the waves; and the probe, which trains nothing. */

import { Affine, adam, cosine, type Field, type FitProgress, fit, type Vector } from '../../index.ts'
import { cfcCell, gruCell, ltcCell, odeRnnCell, Recurrent, rnnCell } from '../../recurrent.ts'
import { failureOf } from './epoch.ts'
import type { Step, Task } from './experiment.ts'
import { ROWS, waveSeries } from './liquid-data.ts'
import { type Probe, probes } from './liquid-probe.ts'

export const HIDDEN = 16

/** The cells, of one width. */
export const CELLS = {
  RNN: (seed: number): Field => rnnCell(2, HIDDEN, { seed }),
  GRU: (seed: number): Field => gruCell(2, HIDDEN, { seed }),
  'ODE-RNN': (seed: number): Field => odeRnnCell(2, HIDDEN, { steps: 2, seed }),
  CfC: (seed: number): Field => cfcCell(2, HIDDEN, { backbone: 32, seed }),
  LTC: (seed: number): Field => ltcCell(2, HIDDEN, { seed }),
} as const
export type Name = keyof typeof CELLS

/** What decides a result, and nothing else. */
export interface Cell {
  readonly name: Name
  readonly seed: number
  readonly epochs: number
  /** Series to train with, and to test with. */
  readonly series: number
  readonly tests: number
  readonly batch: number
  readonly lr: number
}

export interface CellResult {
  readonly parameters: number
  readonly steps: number
  /** Mean square over the last epoch. */
  readonly loss: number
  /** Root mean square error on series that were not seen. */
  readonly rmse: number
}

/** Seeds of test sets are large, those of trainings small. */
const TEST_SEED = 1000

export const PROBE = 'trajectory lengths'

export function nameOf({ name, seed }: Cell): string {
  return `${name}, seed ${seed}`
}

/** Nanoseconds of a row in a step, nearly. */
const COSTS: Readonly<Record<Name, number>> = { RNN: 3, GRU: 5, 'ODE-RNN': 7, CfC: 8, LTC: 120 }

export function taskOf(cell: Cell): Task {
  return {
    name: nameOf(cell),
    cost: COSTS[cell.name] * cell.epochs * cell.series,
    run: (resume) => train(cell, resume),
  }
}

function* train(cell: Cell, resume: Uint8Array | undefined): Generator<Step, CellResult, undefined> {
  const { name, seed, epochs, series, tests, batch, lr } = cell
  const readOut = new Affine(HIDDEN, 2, { seed: 2 * seed + 1 })
  const model = new Recurrent(CELLS[name](2 * seed), { length: ROWS, readOut })
  const options = { epochs, batchSize: batch, optimizer: adam({ lr }), schedule: cosine(), clip: 1, seed }
  let loss = Number.NaN
  try {
    for (const progress of fit(model, waveSeries(series, seed), { ...options, ...(resume && { resume }) })) {
      loss = progress.loss
      // After the last epoch there is nothing to go on with.
      if (progress.epoch < epochs) yield stepOf(progress, epochs)
    }
  } catch (error) {
    throw failureOf(error)
  }
  const { x, y } = waveSeries(tests, TEST_SEED)
  const steps = epochs * Math.ceil(series / batch)
  return { parameters: model.parameters.count, steps, loss, rmse: apart(model.forward(x), y) }
}

function stepOf(progress: FitProgress, epochs: number): Step {
  const note = `loss ${progress.loss.toExponential(2)}`
  return { done: progress.epoch / epochs, note, checkpoint: () => progress.checkpoint() }
}

function apart(found: Vector, wanted: ArrayLike<number>): number {
  let sum = 0
  for (const [i, v] of found.entries()) sum += (v - (wanted[i] as number)) ** 2
  return Math.sqrt(sum / found.length)
}

/** The probe as a task: begun again from its start where it was stopped, for it takes seconds. */
export function probeTask(cost: number): Task {
  return {
    name: PROBE,
    cost,
    *run(): Generator<Step, Probe[], undefined> {
      const found: Probe[] = []
      for (const probe of probes()) {
        found.push(probe)
        yield {
          done: found.length / 24,
          note: `${probe.form}, ${probe.activation}`,
          checkpoint: () => new Uint8Array(),
        }
      }
      return found
    },
  }
}
