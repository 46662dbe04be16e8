import { Arena } from '../core/arena.ts'
import { copy, type Dtype, type Pointer, sizeOf, verbs, zero } from '../core/boundary.ts'
import { checkInt, checkPositive } from '../core/check.ts'
import type { Look, Optimizer } from './optimizers.ts'

/** Options of L-BFGS. */
export interface LBFGSOptions {
  /** Factor on the first trial of every line search. Default 1. */
  readonly lr?: number
  /** Steps whose change of the gradient is remembered, 1 to 100: each is two vectors of the parameters' size. Default 10. */
  readonly memory?: number
  /** Points that one line search may look at. Default 20. */
  readonly maxTrials?: number
}

/** The loss must fall by this part of what its slope promises, and the slope to this part of itself (Nocedal, Wright, 3.6). */
const FALL = 1e-4
const FLATTER = 0.9
/** How far the loss may rise by its own rounding, where the slope shows that it has fallen. */
const NOISE = 1e-6
/** A step along which the gradient hardly changed, as a part of that change, says nothing. */
const CURVED = 1e-10

/**
 * L-BFGS (Liu, Nocedal 1989; Nocedal, Wright, *Numerical Optimization*, algorithm 7.4) for small models and the full batch: steps
 * along minus the gradient times an estimate of the inverse Hessian, each of a length that fulfils the Wolfe conditions. The length is
 * found by doubling and halving, which asks for no smooth loss (Lewis, Overton 2013), and where the loss falls by less than its
 * rounding its slope decides (Hager, Zhang 2005).
 *
 * An epoch is one step, of one evaluation with its gradient where the first trial serves. A trial whose solve fails counts as too
 * long. Rates of blocks do not matter, but for 0. It takes no `batchSize`, `clip` or `trainInputs`.
 */
export function lbfgs(options: LBFGSOptions = {}): Optimizer {
  const memory = checkInt('memory', options.memory ?? 10, 1, 100)
  const trials = checkInt('maxTrials', options.maxTrials ?? 20, 1, 1000)
  return {
    name: `lbfgs(${memory})`,
    lr: checkPositive('lr', options.lr ?? 1),
    slots: 2 * memory + 2,
    whole: true,
    step(dtype, n, x, g, [x0, g0, ...pairs], lr, t, look) {
      const bytes = n * sizeOf(dtype)
      const { axpy, dot } = verbs(dtype)
      const known = remember(dtype, n, [x, g], [x0, g0] as [Pointer, Pointer], pairs, t)
      const arena = new Arena()
      try {
        const d = arena.bytes(bytes)
        const guess = descent(dtype, n, g, d, known) ?? Math.min(1, 1 / Math.sqrt(dot(n, g, g)))
        const at = (length: number): [loss: number, slope: number] => {
          copy(x, x0 as Pointer, bytes)
          axpy(n, length, d, x)
          const loss = (look as Look).at(x)
          return [loss, dot(n, g, d)]
        }
        if (wolfe((look as Look).loss, dot(n, g, d), lr * guess, trials, at)) return
        // Nothing better on this line: back, and down the gradient the next time.
        at(0)
        for (const vector of pairs) zero(vector, bytes)
      } finally {
        arena.free()
      }
    },
  }
}

/** A step and how it changed the gradient, and their product. */
type Pair = readonly [s: Pointer, y: Pointer, sy: number]

/** Keeps point and gradient; the step that led there takes the place of the oldest. Returns the steps that say something, latest first. */
function remember(
  dtype: Dtype,
  n: number,
  now: readonly [Pointer, Pointer],
  before: readonly [Pointer, Pointer],
  pairs: readonly Pointer[],
  t: number,
): Pair[] {
  const { axpy, dot } = verbs(dtype)
  const memory = pairs.length / 2
  const known: Pair[] = []
  for (const [i, at] of now.entries()) {
    const change = pairs[2 * (t % memory) + i] as Pointer
    copy(change, at, n * sizeOf(dtype))
    axpy(n, -1, before[i] as Pointer, change)
    copy(before[i] as Pointer, at, n * sizeOf(dtype))
  }
  for (let k = t; k > Math.max(1, t - memory); k--) {
    const [s, y] = pairs.slice(2 * (k % memory)) as [Pointer, Pointer]
    const sy = dot(n, s, y)
    if (sy > CURVED * dot(n, y, y)) known.push([s, y, sy])
  }
  return known
}

/** d = - H g by the two loops; d = -g where nothing is known. Returns the length of step to try first, where something is. */
function descent(dtype: Dtype, n: number, g: Pointer, d: Pointer, known: readonly Pair[]): number | undefined {
  const { axpy, dot, scale } = verbs(dtype)
  scale(n, -1, g, d)
  const shares = known.map(([s, y, sy]) => {
    const share = dot(n, s, d) / sy
    axpy(n, -share, y, d)
    return share
  })
  const [latest] = known
  if (latest === undefined) return undefined
  scale(n, latest[2] / dot(n, latest[1], latest[1]), d, d)
  for (const [i, [s, y, sy]] of [...known.entries()].reverse()) axpy(n, (shares[i] as number) - dot(n, y, d) / sy, s, d)
  return 1
}

/** Looks along a line for a length that fulfils the Wolfe conditions; the last point looked at is it, if it returns true. */
function wolfe(
  loss0: number,
  slope0: number,
  first: number,
  trials: number,
  at: (length: number) => [loss: number, slope: number],
): boolean {
  let [low, high, length] = [0, Infinity, first]
  for (let i = 0; i < trials && slope0 < 0; i++) {
    const [loss, slope] = at(length)
    const falls =
      loss <= loss0 + FALL * length * slope0 ||
      (loss <= loss0 + NOISE * Math.abs(loss0) && slope <= (2 * FALL - 1) * slope0)
    if (!falls || !Number.isFinite(slope)) high = length
    else if (slope < FLATTER * slope0) low = length
    else return true
    length = high < Infinity ? (low + high) / 2 : 2 * length
  }
  return false
}
