import { Arena } from '../core/arena.ts'
import { read, verbs } from '../core/boundary.ts'
import { checkInt, checkOneOf, shown } from '../core/check.ts'
import { randomStream } from '../core/random.ts'
import type { Signal } from '../program/signal.ts'
import { linearSignal } from '../signals.ts'

/** Hutchinson's estimate of a divergence: what `hutchinson` makes. */
export interface Hutchinson {
  readonly estimator: 'hutchinson'
  readonly seed: number
  /** Probes a row. */
  readonly probes: number
  readonly kind: 'rademacher' | 'gaussian'
}

/** How the divergence of a field is computed. */
export type Divergence = 'exact' | Hutchinson

/**
 * Hutchinson's estimate of a divergence, for fields of many components (Grathwohl et al. 2019): tr J is the mean of e^T J e over random
 * vectors e with covariance 1, the probes. They are drawn once a solve: row i of a batch has the same ones in every call. `fit` on
 * minibatches shuffles the rows, and so pairs rows and probes anew each epoch.
 *
 * The estimate of one row has the variance 2 (|S|^2 - sum S_ii^2) / probes with Rademacher probes, S the symmetric part of J and |S| its
 * Frobenius norm, and 2 |S|^2 / probes with Gaussian ones.
 *
 * @param options.seed of the probes. Default 0
 * @param options.probes vectors a row, over which the estimate is the mean. Default 1
 * @param options.kind components +-1, or standard normal. Default 'rademacher'
 */
export function hutchinson(options: Partial<Omit<Hutchinson, 'estimator'>> = {}): Hutchinson {
  const { seed = 0, probes = 1, kind = 'rademacher' } = options
  return {
    estimator: 'hutchinson',
    seed: checkInt('seed', seed, 0, Number.MAX_SAFE_INTEGER),
    probes: checkInt('probes', probes, 1, 1024),
    kind: checkOneOf('kind', kind, ['rademacher', 'gaussian']),
  }
}

/** Checks an option: from a model file anything may come. */
export function checkDivergence(value: Divergence): Divergence {
  if (value === 'exact') return value
  if ((value as Partial<Hutchinson> | undefined)?.estimator === 'hutchinson') return hutchinson(value)
  throw new TypeError(`divergence must be 'exact' or made by hutchinson(), got ${shown(value)}`)
}

/** The probes of `rows` rows of `width` numbers, as a signal that does not change in time: each row reads its own. */
export function probeSignal({ seed, kind }: Hutchinson, rows: number, width: number): Signal {
  const arena = new Arena()
  try {
    const count = rows * width
    const at = arena.zeros('f64', count)
    verbs('f64').normal(randomStream(arena, seed), count, 0, 1, at)
    const normals = read('f64', at, count)
    const probes = kind === 'gaussian' ? normals : normals.map((x) => (x < 0 ? -1 : 1))
    const values = new Float64Array(2 * count)
    for (let row = 0; row < rows; row++) {
      const own = probes.subarray(row * width, (row + 1) * width)
      values.set(own, 2 * row * width)
      values.set(own, (2 * row + 1) * width)
    }
    return linearSignal([0, 1], values, { rows, stops: false })
  } finally {
    arena.free()
  }
}
