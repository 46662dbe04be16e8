/** The results of the tasks by what they are of, and what follows from several of them. */

import { fitSlope } from '../../theory/index.ts'
import type { LimitResult } from './resnet-limit.ts'
import {
  counterName,
  depthName,
  limitName,
  longName,
  powersOfTwo,
  SEEDS,
  START_DEPTH,
  seedName,
  startName,
} from './resnet-plans.ts'
import type { CounterResult } from './resnet-relu.ts'
import type { Record, RunResult } from './resnet-run.ts'
import type { Convention, Setting } from './resnet-training.ts'

type Activation = Setting['activation']

/** Depth beside the training at that depth. */
export interface AtDepth {
  readonly depth: number
  readonly run: RunResult
}

export class Results {
  readonly #all: ReadonlyMap<string, unknown>

  constructor(all: ReadonlyMap<string, unknown>) {
    this.#all = all
  }

  #run(name: string): RunResult | undefined {
    return this.#all.get(name) as RunResult | undefined
  }

  /** Those there are of L = 2, 4, ..., 1024. */
  depths(activation: Activation, convention: Convention): AtDepth[] {
    return powersOfTwo(1024).flatMap((depth) => {
      const run = this.#run(depthName(activation, convention, depth))
      return run === undefined ? [] : [{ depth, run }]
    })
  }

  limit(activation: Activation, convention: Convention): LimitResult | undefined {
    return this.#all.get(limitName(activation, convention)) as LimitResult | undefined
  }

  long(activation: Activation): RunResult | undefined {
    return this.#run(longName(activation))
  }

  /** 'tied' is the training of the first figure at that depth. */
  start(activation: Activation, start: string): RunResult | undefined {
    return this.#run(start === 'tied' ? depthName(activation, 'code', START_DEPTH) : startName(activation, start))
  }

  seeds(): RunResult[] {
    return SEEDS.flatMap((seed) => this.#run(seedName(seed)) ?? [])
  }

  counter(layers: number): CounterResult | undefined {
    return this.#all.get(counterName(layers)) as CounterResult | undefined
  }
}

/** The record at iteration t. */
export function at(run: RunResult, t: number): Record | undefined {
  return run.records.find((record) => record.t === t)
}

/** The last iteration that all of them have. */
export function lastTime(runs: readonly AtDepth[]): number {
  return Math.min(...runs.map(({ run }) => run.records.at(-1)?.t ?? 0))
}

/** Slope of a quantity over the depth from L = 4 on: two layers have one step between them, and no rate yet. */
export function depthSlope(runs: readonly AtDepth[], of: (run: RunResult) => number | null | undefined): number {
  const points = runs.flatMap(({ depth, run }) => {
    const value = of(run)
    return depth >= 4 && typeof value === 'number' && value > 0 ? [[depth, value] as const] : []
  })
  return points.length < 2
    ? Number.NaN
    : fitSlope(
        points.map(([x]) => x),
        points.map(([, y]) => y),
      )
}

/** The same for the distances to the reference at one of the times. */
export function limitSlope(
  { depths, theorem, code }: LimitResult,
  i: number,
  index: 'theorem' | 'code',
  of: 'V' | 'W',
): number {
  const row = (index === 'theorem' ? theorem : code)[i] ?? []
  const points = depths.map((depth, j) => [depth, row[j]?.[of] ?? 0] as const).filter(([L, y]) => L >= 4 && y > 0)
  return points.length < 2
    ? Number.NaN
    : fitSlope(
        points.map(([x]) => x),
        points.map(([, y]) => y),
      )
}
