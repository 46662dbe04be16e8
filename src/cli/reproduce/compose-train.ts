/** One cell of the tables: a network L2 g^r L1 trained on fresh samples, and what it scores on a test set. */

import { Affine, Compose, cosine, crossEntropy, type Loss, MLP, mse } from '../../index.ts'
import { decodeCheckpoint } from '../../train/checkpoint.ts'
import { radam } from '../../train/index.ts'
import { functionSamples, type Samples, spiralSamples, standardised } from './compose-data.ts'
import { oneEpoch } from './epoch.ts'
import type { Step, Task } from './experiment.ts'

export type Problem = 'function' | 'spirals'

/** What decides a result, and nothing else. */
export interface Cell {
  readonly problem: Problem
  /** Width of g. */
  readonly n: number
  /** Compositions. */
  readonly r: number
  readonly seed: number
  /** Optimizer steps, each on `batch` samples that are never seen again. */
  readonly steps: number
  readonly batch: number
  /** Learning rate at the start; it falls along half a cosine. */
  readonly lr: number
  /** Longest gradient that a step takes as it is: at these rates a single steep one can switch every unit off for good. */
  readonly clip: number
}

export interface CellResult {
  readonly parameters: number
  /** Mean training loss of the last epoch. */
  readonly loss: number
  /** On the test set. */
  readonly scores: Readonly<Record<string, number>>
  /** The outputs on the picture's grid, to four digits: values, or class 1's logit minus class 0's. */
  readonly picture: readonly number[]
}

/** Cells of the pictures along each side. */
export const PICTURE: Readonly<Record<Problem, number>> = { function: 40, spirals: 80 }

/** Seeds of test sets are small; each epoch of each run has one of its own above them. */
const TEST_SEED = 1
const RUN_SEEDS = 2 ** 32

interface Kind {
  readonly outputs: number
  readonly loss: Loss
  readonly test: number
  /** Optimizer steps of an epoch: a fraction of a second's work. */
  readonly epoch: number
  samples(seed: number, count: number): Samples
  score(outputs: ArrayLike<number>, targets: ArrayLike<number>): Record<string, number>
  /** Points of the picture, row by row, as the model takes them. */
  points(): Float32Array
  /** From a row of outputs to a number of the picture. */
  shown(row: readonly number[]): number
}

const kinds: Readonly<Record<Problem, Kind>> = {
  function: {
    outputs: 1,
    loss: mse,
    test: 100_000,
    epoch: 10,
    samples: functionSamples,
    score(outputs, targets) {
      const errors = Array.from(outputs, (v, i) => Math.abs(v - (targets[i] as number)))
      const square = errors.reduce((sum, e) => sum + e * e, 0) / errors.length
      return { mse: square, max: errors.reduce((most, e) => Math.max(most, e), 0) }
    },
    points: () => Float32Array.from(grid(PICTURE.function, 0, 1)),
    shown: ([value]) => value as number,
  },
  spirals: {
    outputs: 2,
    loss: crossEntropy,
    test: 60_000,
    epoch: 50,
    samples: spiralSamples,
    score(outputs, targets) {
      const rows = Array.from({ length: outputs.length / 2 }, (_, i) => i)
      const side = (of: ArrayLike<number>, row: number): boolean =>
        (of[2 * row + 1] as number) > (of[2 * row] as number)
      return { accuracy: rows.filter((row) => side(outputs, row) === side(targets, row)).length / rows.length }
    },
    // A quarter of the square, where the eye can tell the turns apart.
    points: () => standardised(grid(PICTURE.spirals, 0.5, 1)),
    shown: ([first, second]) => (second as number) - (first as number),
  },
}

/** Centres of size x size cells of [low, high]^2, row by row: x first. */
export function grid(size: number, low: number, high: number): number[] {
  const at = centres(size, low, high)
  return at.flatMap((y) => at.flatMap((x) => [x, y]))
}

export function centres(size: number, low: number, high: number): number[] {
  return Array.from({ length: size }, (_, i) => low + ((high - low) * (i + 0.5)) / size)
}

export function nameOf({ problem, n, r, seed }: Cell): string {
  return `${problem} n = ${n}, r = ${r}, seed ${seed}`
}

/** The network L2 g^r L1, as PyTorch would start it. */
export function networkOf({ problem, n, r, seed }: Cell): Compose {
  const first = 3 * seed
  return new Compose(new MLP([n, n], { outputActivation: 'relu', seed: first }), {
    times: r,
    readIn: new Affine(2, n, { seed: first + 1 }),
    readOut: new Affine(n, kinds[problem].outputs, { seed: first + 2 }),
  })
}

export function taskOf(cell: Cell): Task {
  // Nanoseconds of a row in a step, nearly, as measured for n = 30 to 200: the compositions, and all that is not of them.
  const row = 0.2 * (cell.r + 0.5) * cell.n * (cell.n + 28) + 300
  const cost = cell.steps * cell.batch * row
  return { name: nameOf(cell), cost, run: (resume) => train(cell, resume) }
}

/** Trains, one `fit` of one epoch after the other: each has samples of its own, and the state of the last. */
function* train(cell: Cell, resume: Uint8Array | undefined): Generator<Step, CellResult, undefined> {
  const kind = kinds[cell.problem]
  const model = networkOf(cell)
  const epochs = Math.ceil(cell.steps / kind.epoch)
  const from = resume === undefined ? 0 : decodeCheckpoint('f32', resume).state.epoch
  let state = resume
  let loss = Number.NaN
  for (let epoch = from; epoch < epochs; epoch++) {
    const progress = runEpoch(cell, model, { epoch, epochs, state })
    state = progress.state
    loss = progress.loss
    const bytes = progress.state
    // After the last epoch there is nothing to go on with.
    if (epoch + 1 < epochs)
      yield { done: (epoch + 1) / epochs, note: `loss ${loss.toExponential(2)}`, checkpoint: () => bytes }
  }
  return resultOf(cell, model, loss)
}

interface Stage {
  readonly epoch: number
  readonly epochs: number
  readonly state: Uint8Array | undefined
}

function runEpoch(
  { problem, seed, batch, lr, clip }: Cell,
  model: Compose,
  { epoch, epochs, state }: Stage,
): { loss: number; state: Uint8Array } {
  const { epoch: steps, loss, samples } = kinds[problem]
  const data = samples(RUN_SEEDS * (1 + seed) + epoch, steps * batch)
  const options = { loss, optimizer: radam({ lr }), schedule: cosine(), batchSize: batch, clip, epochs, seed }
  return oneEpoch(model, data, options, state)
}

function resultOf(cell: Cell, model: Compose, loss: number): CellResult {
  const { samples, test, score, points, shown, outputs } = kinds[cell.problem]
  const { x, y } = samples(TEST_SEED, test)
  const seen = model.forward(points())
  const rows = Array.from({ length: seen.length / outputs }, (_, i) => [
    ...seen.subarray(i * outputs, (i + 1) * outputs),
  ])
  return {
    parameters: model.parameters.count,
    loss,
    scores: score(model.forward(x), y),
    picture: rows.map((row) => Number(shown(row).toPrecision(4))),
  }
}
