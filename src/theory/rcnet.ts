import type { Vector } from '../core/boundary.ts'
import { checkInt, checkNonNegative, type Numbers } from '../core/check.ts'
import { type Affine, dense, outputsOf } from './affine.ts'
import { evaluateBatch } from './batch.ts'
import { Dyadic, type Exact } from './dyadic.ts'
import type { Form } from './machine.ts'
import type { Plan } from './rcnet-compile.ts'
import { closedForm, evaluate, states } from './rcnet-exact.ts'
import { evaluatePlain, exactRange } from './rcnet-plain.ts'
import { type TapeFree, withoutTape } from './rcnet-tape-free.ts'
import type { Tape } from './tape.ts'

const ONE = Dyadic.of(1n)
const MAX_COMPOSITIONS = 2 ** 24
// eps is rounded up by less than 2^-48, and a level is off by at most half of it.
const HALF_EPS_ROUNDING = 2 ** -49
// The smooth form's eps is at least 2^-44 of the range of f.
const HALF_RANGE_FLOOR = 2 ** -45

/**
 * A function on [0, 1]^d as one small ReLU network applied R times: `L2 . g^R . L1`. Made by `approximate`.
 *
 * Every weight is an integer, but for the tape, one long number that holds the function. It has R log2 B bits, so doubles carry
 * the composition out only for small R (`evalPlain`); `exact` has no such limit.
 */
export class RCNet {
  readonly form: Form
  readonly d: number
  readonly r: number
  /** Nodes per coordinate, and all nodes: n = floor(r^(1/d)), R = n^d. */
  readonly n: number
  readonly R: number
  /** Levels a step, m: the integers a_l of neighbours differ by at most m, or their slopes in the 'smooth' form. */
  readonly levels: number
  /** Base of the tape. */
  readonly B: number
  /** How often g is applied: R, and once more where g carries the tape itself. */
  readonly compositions: number
  /** What one level is worth: f(node l) is eps a_l to within eps / 2. */
  readonly eps: Dyadic
  /** a_l = aMin + heights[l], in the order of the path. */
  readonly aMin: bigint
  readonly heights: Float64Array
  /** D_l in 0..2m: the difference a_l - a_{l-1} as the tape holds it. 'smooth': those of the slopes, row-major [R, d]. */
  readonly digits: Uint16Array
  /** Names of the state, in order. */
  readonly registers: readonly string[]
  /**
   * The affine maps of g, with a ReLU after all but the last: three, or four for 'smooth' with d > 1. All integers, but for the
   * tape in the 'carrier' form.
   */
  readonly layers: readonly Affine[]
  /** Units of the largest hidden layer, and hidden layers. */
  readonly width: number
  readonly depth: number
  /** Weights and biases of g, and those that are not 0. */
  readonly parameters: number
  readonly nonZeros: number
  /** The network with exact weights, for what computes with it. */
  readonly plan: Plan
  #tapeFree: TapeFree | undefined

  constructor(plan: Plan) {
    this.plan = plan
    this.form = plan.form
    this.d = plan.d
    this.r = plan.r
    this.n = plan.n
    this.R = plan.R
    this.levels = plan.m
    this.B = plan.B
    this.compositions = plan.compositions
    this.eps = plan.eps
    this.aMin = plan.aMin
    this.heights = plan.heights
    this.digits = plan.digits
    this.registers = outputsOf(plan.readIn)
    this.layers = plan.layers.map(dense)
    const hidden = this.layers.slice(0, -1)
    this.width = Math.max(...hidden.map(({ b }) => b.length))
    this.depth = hidden.length
    const numbers = this.layers.flatMap(({ W, b }) => [...W, b]).flat()
    this.parameters = numbers.length
    this.nonZeros = numbers.filter((value) => value !== 0).length
  }

  /** The tape: sum over l of (2 D_l + 1) B^-(l + 1). 'smooth': that of the first axis. */
  get tape(): Dyadic {
    return (this.plan.tapes[0] as Tape).value
  }

  /** L1, from x to the registers; the tapes stand as their nearest doubles. */
  get readIn(): Affine {
    return dense(this.plan.readIn)
  }

  /** L2, from the registers to f(x): eps (s + aMin), as its nearest doubles. */
  get readOut(): Affine {
    return dense(this.plan.readOut)
  }

  /** The maps with the tapes worked into the biases: what doubles need to run any number of compositions. */
  get tapeFree(): TapeFree {
    this.#tapeFree ??= withoutTape(this.plan)
    return this.#tapeFree
  }

  /**
   * Values at a batch of points, row-major [batch, d], in f64 in the core: any number of compositions, exact to rounding.
   *
   * @throws RangeError for a point outside [0, 1]^d, where the theorem says nothing
   */
  eval(x: Numbers): Vector {
    const i = x.findIndex((value: number) => !(value >= 0 && value <= 1))
    if (i >= 0) throw new RangeError(`x[${i}] must be in [0, 1], got ${x[i]}`)
    return evaluateBatch(this.tapeFree, x)
  }

  /** Most compositions that `evalPlain` carries out: what 53 bits hold at this many levels. 18 at one level, 13 at 3, 9 at 8. */
  get exactRange(): number {
    return exactRange(this.levels)
  }

  /**
   * The network's value at x, without any rounding: `compositions` literal compositions in integers, O(R^2) bit operations.
   *
   * @param x d numbers in [0, 1]: doubles, `Dyadic`s or texts such as '341/1024'
   * @param compositions how often g is applied; more than the default change nothing
   * @throws RangeError for x outside [0, 1]^d, where the theorem says nothing
   */
  exact(x: readonly Exact[], compositions: number = this.compositions): Dyadic {
    const times = checkInt('compositions', compositions, 0, MAX_COMPOSITIONS)
    return evaluate(this.plan, this.#point(x), times)
  }

  /** The exact state before every composition and after the last: `compositions` + 1 rows, columns as `registers`. */
  trace(x: readonly Exact[], compositions: number = this.compositions): Dyadic[][] {
    const times = checkInt('compositions', compositions, 0, MAX_COMPOSITIONS)
    return Array.from(states(this.plan, this.#point(x), times), ({ registers, scale }) =>
      registers.map((value) => Dyadic.of(value, -scale)),
    )
  }

  /** The same value from the formula behind the network, O(R): the check of `exact`, and its quick substitute. */
  closedForm(x: readonly Exact[]): Dyadic {
    return closedForm(this.plan, this.#point(x))
  }

  /**
   * `L2 . g^R . L1` as any framework would run it, in doubles. Exact where x is short (a multiple of 2^-30, say), within a few
   * 2^-53 of the range of f elsewhere.
   *
   * @throws RangeError if R is beyond `exactRange`: the tape would lose its end, and the value whole levels
   */
  evalPlain(x: readonly number[]): number {
    if (this.R > this.exactRange) {
      throw new RangeError(
        `R must be <= ${this.exactRange} for evalPlain at levels = ${this.levels}, got ${this.R}: doubles hold 53 bits and the ` +
          `tape has ${this.tape.fractionBits}; use exact(x), or a smaller r`,
      )
    }
    return evaluatePlain(
      this.plan,
      Float64Array.from(this.#point(x), (value) => value.toNumber()),
    )
  }

  /**
   * What the theorem promises for the sup error on [0, 1]^d: omega(sqrt(d) / n) + omega(1 / n) / (2 m) + 2^-49, with
   * omega(1 / (n - 1)) in both places for the interpolating form; for the smooth one omega(sqrt(d) / (n - 1)) +
   * omega(1 / (n - 1)) / (m - 2) + 2^-45 omega(sqrt(d)) + 2^-49, and better, for f with second derivatives, `smoothBound`.
   *
   * @param omega modulus of continuity of f in the Euclidean norm: |f(x) - f(y)| <= omega(|x - y|)
   */
  bound(omega: (distance: number) => number): number {
    const { d, n, levels } = this
    if (this.form === 'smooth') {
      const diameter = Math.sqrt(d)
      const level = omega(1 / (n - 1)) / (levels - 2) + HALF_RANGE_FLOOR * omega(diameter)
      return omega(diameter / (n - 1)) + level + HALF_EPS_ROUNDING
    }
    const cell = this.form === 'interpolating' ? 1 / (n - 1) : 1 / n
    const reach = this.form === 'interpolating' ? cell : Math.sqrt(d) / n
    return omega(reach) + omega(cell) / (2 * levels) + HALF_EPS_ROUNDING
  }

  /**
   * What the smooth form promises for the sup error of a function with second derivatives:
   * (d / 8 + 1 / (2 (m - 2))) curvature / (n - 1)^2, and 2^-45 of the range of f + 2^-49 for the rounding of eps.
   *
   * @param curvature bound of the spectral norm of the matrix of second derivatives of f
   * @throws RangeError for the other forms, which have no second order
   */
  smoothBound(curvature: number): number {
    const { d, n, levels, form } = this
    if (form !== 'smooth')
      throw new RangeError(`form must be 'smooth' for smoothBound, got '${form}': use bound(omega)`)
    checkNonNegative('curvature', curvature)
    const range = this.eps.toNumber() * this.heights.reduce((most, height) => Math.max(most, height), 0)
    const perCell = (d / 8 + 1 / (2 * (levels - 2))) * curvature
    return perCell / (n - 1) ** 2 + HALF_RANGE_FLOOR * range + HALF_EPS_ROUNDING
  }

  #point(x: readonly Exact[]): Dyadic[] {
    if (!Array.isArray(x)) throw new TypeError(`x must be an array of ${this.d} numbers, got ${typeof x}`)
    if (x.length !== this.d) throw new RangeError(`x must hold ${this.d} numbers, got ${x.length}`)
    return x.map((value, i) => {
      const exact = Dyadic.from(value, `x[${i}]`)
      if (exact.mantissa < 0n || exact.compare(ONE) > 0) {
        throw new RangeError(`x[${i}] must be in [0, 1], got ${value}: scale the domain of f to the unit cube`)
      }
      return exact
    })
  }
}
