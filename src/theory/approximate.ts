import { checkInt, checkOneOf } from '../core/check.ts'
import { FORMS, type Form } from './machine.ts'
import { commonDenominator, quantise } from './quantise.ts'
import { RCNet } from './rcnet.ts'
import { compile } from './rcnet-compile.ts'
import { quantiseSmooth } from './second-differences.ts'
import { integerRoot, snake } from './snake.ts'

/** How a function is compiled. */
export interface ApproximateOptions {
  /** Dimension of the domain [0, 1]^d, at most 20. */
  readonly d: number
  /** Compositions that may be spent, at most 2^20: n = floor(r^(1/d)) cells along each axis, n^d compositions. */
  readonly r: number
  /**
   * Levels a step, 1 to 256: more levels make f's values finer (error omega(1/n) / (2 levels)) and g wider. Default 1; for
   * 'smooth', where levels are of slopes, 3 to 256, default 4.
   */
  readonly levels?: number
  /**
   * Which g: 'counter' (default), 'carrier', 'universal', for d = 1 'interpolating', for d <= 3 'smooth': with twice the order
   * where f has second derivatives.
   */
  readonly form?: Form
}

const MAX_LOG_R = 20
const MAX_LEVELS = 256

/**
 * Compiles a continuous function into one fixed-size ReLU network, composed R <= r times: the theorem of Zhang, Lu and Zhao
 * (ICML 2023), executed, in a smaller construction (docs/theory.md). Only samples of f at the nodes are used; the sup error on
 * [0, 1]^d is at most `net.bound(omega)`.
 *
 * ```ts
 * const net = approximate(([x, y]) => Math.sqrt(x + y), { d: 2, r: 256, levels: 4 })
 * net.exact([0.3, 0.7]).toNumber()
 * net.width; net.parameters    // they do not grow with r
 * ```
 *
 * @param f function of an array of d numbers in [0, 1]
 * @throws RangeError or TypeError for options out of range, and if f returns anything but a finite number
 */
export function approximate(f: (x: number[]) => number, options: ApproximateOptions): RCNet {
  if (typeof f !== 'function') throw new TypeError(`f must be a function of an array of d numbers, got ${typeof f}`)
  if (typeof options !== 'object' || options === null) throw new TypeError(`options must be { d, r }, got ${options}`)
  const d = checkInt('d', options.d, 1, MAX_LOG_R)
  const r = checkInt('r', options.r, 1, 2 ** MAX_LOG_R)
  const form = checkOneOf('form', options.form ?? 'counter', FORMS)
  const smooth = form === 'smooth'
  const m = checkInt('levels', options.levels ?? (smooth ? 4 : 1), smooth ? 3 : 1, MAX_LEVELS)
  if (form === 'interpolating') checkInterpolating(d, r)
  if (smooth) checkSmooth(d, r)
  const n = integerRoot(r, d)
  const { numerators, denominator } = commonDenominator(samples(f, d, n, form))
  const levels = smooth ? quantiseSmooth(numerators, denominator, m, n, d) : quantise(numerators, denominator, m)
  return new RCNet(compile({ form, d, r, n, m }, levels))
}

function checkInterpolating(d: number, r: number): void {
  if (d !== 1) throw new RangeError(`d must be 1 for form 'interpolating', got ${d}: use form 'counter' or 'universal'`)
  if (r < 2)
    throw new RangeError(`r must be >= 2 for form 'interpolating', got ${r}: its nodes are both ends of [0, 1]`)
}

function checkSmooth(d: number, r: number): void {
  if (d > 3) throw new RangeError(`d must be <= 3 for form 'smooth', got ${d}: use form 'counter' or 'universal'`)
  if (r < 2 ** d) {
    throw new RangeError(
      `r must be >= ${2 ** d} for form 'smooth' at d = ${d}, got ${r}: its nodes include the corners`,
    )
  }
}

/** f at the nodes in the order of the path: cell centres (nu + 1/2) / n, or nu / (n - 1) where f is interpolated. */
function samples(f: (x: number[]) => number, d: number, n: number, form: Form): Float64Array {
  const path = snake(n, d)
  const atCorners = form === 'interpolating' || form === 'smooth'
  const values = new Float64Array(path.length / d)
  for (const l of values.keys()) {
    const node = Array.from(path.subarray(l * d, (l + 1) * d), (nu) => (atCorners ? nu / (n - 1) : (nu + 0.5) / n))
    const value: unknown = f([...node])
    if (typeof value !== 'number') {
      throw new TypeError(`f must return a number, got ${typeof value} at x = [${node.join(', ')}]`)
    }
    if (!Number.isFinite(value)) {
      throw new RangeError(`f must be finite on [0, 1]^d, got ${value} at x = [${node.join(', ')}]`)
    }
    values[l] = value
  }
  return values
}
