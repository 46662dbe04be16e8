/** What is trained for which figure, and under which names. */

import type { Task } from './experiment.ts'
import { limitTask } from './resnet-limit.ts'
import { counterTask } from './resnet-relu.ts'
import { runTask } from './resnet-run.ts'
import type { Convention, Setting } from './resnet-training.ts'

type Activation = Setting['activation']

export const ACTIVATIONS: readonly Activation[] = ['gelu', 'relu']
export const CONVENTIONS: readonly Convention[] = ['code', 'paper']
/** Iterations of the published code and of the paper. */
export const SHORT = 50
export const LONG = 500
/** Depths of the counter-example. */
export const COUNTER = [16, 64, 256] as const
export const SEEDS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const
/** Starts that are set against the tied one, and their depth. */
export const STARTS = {
  smooth: { initialLayers: 'smooth', lengthScale: 0.25 },
  independent: { initialLayers: 'independent' },
} as const
export const START_DEPTH = 64
/** Iterations of the long training at which the layers are drawn. */
export const CURVES: readonly number[] = [100, 1000, 10_000, 80_000]

export const depthName = (activation: Activation, convention: Convention, depth: number): string =>
  `depth-${activation}-${convention}-${depth}`
export const seedName = (seed: number): string => `seed-${seed}`
export const startName = (activation: Activation, start: string): string => `start-${activation}-${start}`
export const limitName = (activation: Activation, convention: Convention): string => `limit-${activation}-${convention}`
export const longName = (activation: Activation): string => `long-${activation}`
export const counterName = (layers: number): string => `counter-${layers}`

/** Figure 1: n = 100, m = 32, learning rate 1e-2 L. */
const LARGE_DEPTH = { samples: 100, hidden: 32, lr: 1e-2, dtype: 'f64', seed: 0 } as const
/** Figure 2: n = 50, m = 64, L = 64, learning rate 5e-3 L. */
const LONG_TIME = {
  seed: 0,
  draw: 'numpy',
  samples: 50,
  hidden: 64,
  depth: 64,
  lr: 5e-3,
  dtype: 'f32',
  convention: 'code',
} as const

/** All tasks, or those that take seconds. */
export function resnetTasks(quick: boolean): readonly Task[] {
  const both = <T>(make: (activation: Activation) => T): T[] => ACTIVATIONS.map(make)
  return [
    ...COUNTER.map(counterTask),
    ...SEEDS.map((seed) => seedTask(seed, quick)),
    ...both((activation) =>
      Object.entries(STARTS).map(([name, start]) => startTask(activation, name, start, quick)),
    ).flat(),
    ...both((activation) => CONVENTIONS.flatMap((convention) => depthTasks(activation, convention, quick))).flat(),
    ...both((activation) =>
      (quick ? (['code'] as const) : CONVENTIONS).map((one) => limit(activation, one, quick)),
    ).flat(),
    ...both((activation) => longTask(activation, quick)),
  ]
}

/** 0, 1, 2, 3, 5, 7, 10, 14, 20, ... up to `last`, which is the last. */
export function timesUpTo(last: number): number[] {
  const decade = [1, 1.4, 2, 2.8, 4, 5, 7]
  const all = [1, 10, 100, 1000, 10_000].flatMap((ten) => decade.map((step) => Math.round(step * ten)))
  return [...new Set([0, ...all.filter((t) => t < last), last])]
}

export const powersOfTwo = (last: number): number[] => Array.from({ length: Math.log2(last) }, (_, i) => 2 ** (i + 1))

/** Figure 1, left: one training for every depth. */
function depthTasks(activation: Activation, convention: Convention, quick: boolean): Task[] {
  const iterations = quick ? SHORT : LONG
  return powersOfTwo(quick ? 64 : 1024).map((depth) => {
    const setting = { ...LARGE_DEPTH, activation, convention, depth, iterations }
    const curves = depth === START_DEPTH ? [0, iterations] : []
    const name = depthName(activation, convention, depth)
    return runTask({ name, setting, times: timesUpTo(iterations), curves, track: true })
  })
}

/** The same at L = 4 with other data and weights: what of the values is chance. */
function seedTask(seed: number, quick: boolean): Task {
  const iterations = quick ? SHORT : LONG
  const setting = { ...LARGE_DEPTH, activation: 'gelu', convention: 'code', depth: 4, iterations, seed } as const
  return runTask({ name: seedName(seed), setting, times: timesUpTo(iterations), curves: [], track: true })
}

function startTask(activation: Activation, name: string, initial: Setting['initial'] & object, quick: boolean): Task {
  const iterations = quick ? SHORT : LONG
  const setting = { ...LARGE_DEPTH, activation, convention: 'code', depth: START_DEPTH, iterations, initial } as const
  const times = timesUpTo(iterations)
  return runTask({ name: startName(activation, name), setting, times, curves: [0, iterations], track: true })
}

/** Iterations at which the distance to the reference is taken. */
const LIMIT_TIMES = [0, 1, 2, 3, 5, 7, 10, 14, 20, 28, 40, 50, 70, 100, 140, 200, 280, 400, 500]

/** Figure 1, right. */
function limit(activation: Activation, convention: Convention, quick: boolean): Task {
  const [last, reference, iterations] = quick ? [64, 1024, SHORT] : [1024, 2 ** 14, LONG]
  const name = limitName(activation, convention)
  const times = LIMIT_TIMES.filter((t) => t <= iterations)
  return limitTask({ name, activation, convention, depths: powersOfTwo(last), reference, times })
}

/** Figure 2. */
function longTask(activation: Activation, quick: boolean): Task {
  const iterations = quick ? 2000 : 80_000
  const setting = { ...LONG_TIME, activation, iterations }
  const times = timesUpTo(iterations)
  return runTask({ name: longName(activation), setting, times, curves: CURVES, track: false })
}
