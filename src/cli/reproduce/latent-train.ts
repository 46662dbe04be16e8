/** One training: a latent ODE, or the network it is compared with, on spirals of which some points are seen. */

import { Affine, adam, Block, cosine, type FitProgress, MLP, tsit5 } from '../../index.ts'
import { fitLatent, gaussian, gruCell, LatentODE, type LatentProgress } from '../../recurrent.ts'
import { failureOf } from './epoch.ts'
import type { Step, Task } from './experiment.ts'
import { NOISE, rmse, type Spirals, spirals, times, WINDOW } from './latent-data.ts'
import { Rival } from './latent-rnn.ts'

/** What decides a result, and nothing else. */
export interface Cell {
  readonly model: 'latent ODE' | 'RNN'
  /** Points of the first 100 that are seen. */
  readonly count: number
  readonly rows: number
  readonly seed: number
  readonly epochs: number
  readonly batch: number
  /** Learning rate of Adam at the start; it falls along half a cosine. */
  readonly lr: number
}

export interface CellResult {
  readonly parameters: number
  /** Optimizer steps. */
  readonly steps: number
  /** Root mean square errors against the spiral without noise: of the 100 points behind the window; and, of a latent ODE, in the window. */
  readonly rmse: number
  readonly inside: number | null
  /** Mean training loss of the last epoch: the bound of a series, its divergence weighted, or the mean square. */
  readonly loss: number
  /** Some series: what was seen, the spiral, and the model's path, each a list of points. */
  readonly pictures: readonly Picture[]
}

type Point = readonly [number, number]

export interface Picture {
  readonly seen: readonly Point[]
  readonly truth: readonly Point[]
  readonly path: readonly Point[]
}

/** Series that the figures show. */
const SHOWN = 4
/** As many as a point has coordinates: nothing of a latent state is hidden from the decoder, to drift where no point is seen. */
const LATENT = 2
/**
 * Factor on the divergence from the prior. The deviation of the draws goes with its root, nearly: the field learns from starts that are less
 * noisy.
 */
const DIVERGENCE = 0.1

export function nameOf({ model, count, seed }: Cell): string {
  return `${model}, ${count} of 100, seed ${seed}`
}

export function taskOf(cell: Cell): Task {
  // In seconds of one core, nearly.
  const row = cell.model === 'RNN' ? 1.5e-6 * cell.count : 1e-4 + 2e-6 * cell.count
  return { name: nameOf(cell), cost: cell.epochs * cell.rows * row, run: (resume) => train(cell, resume) }
}

/**
 * The field of the paper's public script, two hidden layers of 20, between a gated unit of 25 with a hidden layer behind it as
 * recognition and an affine decoder of a latent state in the plane, where the paper has a plain unit, four components and a hidden layer.
 */
export function latentOf({ seed }: Cell): LatentODE {
  const first = 5 * seed
  return new LatentODE(new MLP([LATENT, 20, 20, LATENT], { activation: 'elu', seed: first }), {
    t: times.subarray(0, WINDOW),
    recognition: gruCell(2, 25, { mask: false, seed: first + 1 }),
    head: new Block(25, 2 * LATENT, (p) => p.dense(p.dense(p.state, 25, { activation: 'tanh' }), 2 * LATENT), {
      seed: first + 2,
    }),
    decoder: new Affine(LATENT, 2, { seed: first + 3 }),
    likelihood: gaussian(2, NOISE),
    solver: tsit5,
    rtol: 1e-3,
    atol: 1e-4,
  })
}

/** What both kinds of models can do. */
interface Contestant {
  readonly parameters: number
  train(resume: Uint8Array | undefined): Generator<LatentProgress | FitProgress, void, undefined>
  /** [WINDOW, rows, 2]; in the window undefined where the model has nothing to say of it. */
  inside(): ArrayLike<number> | undefined
  next(): ArrayLike<number>
}

function contestant(cell: Cell, data: Spirals): Contestant {
  const { epochs, batch, lr, seed, count } = cell
  const options = { epochs, batchSize: batch, optimizer: adam({ lr }), schedule: cosine(), seed }
  const resumed = (resume: Uint8Array | undefined): typeof options & { resume?: Uint8Array } =>
    resume === undefined ? options : { ...options, resume }
  if (cell.model === 'RNN') {
    const rival = new Rival(data, count, seed)
    return {
      parameters: rival.parameters,
      train: (resume) => rival.train(resumed(resume)),
      inside: () => undefined,
      next: () => rival.next(),
    }
  }
  const model = latentOf(cell)
  const parameters = [...model.roles.values()].reduce((sum, block) => sum + block.parameterCount, 0)
  return {
    parameters,
    train: (resume) => fitLatent(model, data.seen, { ...resumed(resume), weight: () => DIVERGENCE }),
    inside: () => model.predict(data.seen, times.subarray(0, WINDOW)),
    next: () => model.predict(data.seen, times.subarray(WINDOW)),
  }
}

function* train(cell: Cell, resume: Uint8Array | undefined): Generator<Step, CellResult, undefined> {
  const data = spirals(cell.rows, cell.count, cell.seed)
  const own = contestant(cell, data)
  let loss = Number.NaN
  try {
    for (const progress of own.train(resume)) {
      loss = progress.loss
      if (progress.epoch === cell.epochs) break
      const note = `loss ${loss.toPrecision(4)}`
      yield { done: progress.epoch / cell.epochs, note, checkpoint: () => progress.checkpoint() }
    }
  } catch (error) {
    throw failureOf(error)
  }
  return resultOf(cell, data, own, loss)
}

function resultOf(cell: Cell, data: Spirals, own: Contestant, loss: number): CellResult {
  const [inside, next] = [own.inside(), own.next()]
  return {
    parameters: own.parameters,
    steps: cell.epochs * Math.ceil(cell.rows / cell.batch),
    rmse: rmse(next, data, WINDOW),
    inside: inside === undefined ? null : rmse(inside, data, 0),
    loss,
    pictures: Array.from({ length: SHOWN }, (_, i) => picture(data, i, inside, next)),
  }
}

function picture(
  { rows, seen, truth }: Spirals,
  i: number,
  inside: ArrayLike<number> | undefined,
  next: ArrayLike<number>,
): Picture {
  const rounded = (values: ArrayLike<number>, at: number): Point => [
    Number((values[at] as number).toPrecision(4)),
    Number((values[at + 1] as number).toPrecision(4)),
  ]
  const points = (values: ArrayLike<number>, count: number): Point[] =>
    Array.from({ length: count }, (_, k) => rounded(values, (k * rows + i) * 2))
  const there = ([x]: Point): boolean => !Number.isNaN(x)
  const own = Array.from({ length: WINDOW }, (_, k) => rounded(seen, (i * WINDOW + k) * 2))
  return {
    seen: own.filter(there),
    truth: points(truth, 2 * WINDOW).filter(there),
    path: [...(inside === undefined ? [] : points(inside, WINDOW)), ...points(next, WINDOW)],
  }
}
