/**
 * A Runge-Kutta method is data: its Butcher rows, embedded error row and dense-output rows. `compile` checks them once and
 * turns them into the doubles that the core reads; the step, its transpose and the tests follow from them.
 */

/**
 * One coefficient as its source prints it: a fraction `'44/45'`, a decimal `'0.161'`, or a number. Decimals of at most 20
 * significant digits: ECMAScript leaves the rounding of longer ones to the engine.
 */
export type Coefficient = string | number

/**
 * An explicit Runge-Kutta method of `s` stages: k_i = f(t + c_i h, y + h sum_j a_ij k_j), y1 = y + h sum_i b_i k_i.
 *
 * A tableau of your own is a plain literal; `compile` says what is wrong with it. Treat it as frozen once it was used.
 */
export interface Tableau {
  readonly name: string
  /** Order of y1: the local error is O(h^(order + 1)). */
  readonly order: number
  /** Citation. */
  readonly source: string
  /** Nodes, length s; c[0] is 0. */
  readonly c: readonly Coefficient[]
  /** Strictly lower triangle: s rows, row i has i entries. */
  readonly a: readonly (readonly Coefficient[])[]
  /** Weights, length s. */
  readonly b: readonly Coefficient[]
  /** Weights minus embedded weights, b - bhat, length s. Absent: no error estimate, so fixed steps only. */
  readonly error?: readonly Coefficient[]
  /**
   * Weights of a second estimate, of lower order, length s. The error of a step is then e^2 / sqrt(e^2 + e_low^2 / 100), e and
   * e_low the norms of both: Hairer's DOP853, which so gets an estimate of the method's own order. Not without `error`.
   */
  readonly errorLow?: readonly Coefficient[]
  /**
   * For the watch on stiffness: the number of a stage at c = 1, other than the one that is f at the new point, and the h |lambda|
   * from which on steps count as stiff. Absent: no watch.
   */
  readonly watch?: readonly [stage: number, limit: number]
  readonly dense: DenseOutput
}

/** Functions that the core can call, registered for as long as `call` runs; `length`: how many numbers one writes. */
type Register = <R>(f: (t: number, y: never, out: never) => void, length: number, call: (id: number) => R) => R

/** A method of another kind, which brings along what it needs. Made by `rosenbrock`. */
export interface OtherMethod {
  readonly name: string
  readonly order: number
  readonly source: string
  compile(): CompiledTableau
  /** Throws where the core is not the whole one, or where a gradient is wanted and there is none. */
  allow(whole: boolean, gradient: boolean): void
  /** Registers the derivatives of a field of n numbers that are among the options; -1 stands for one that is not. */
  withDerivatives<R>(options: object, n: number, register: Register, call: (jac: number, dfdt: number) => R): R
  /** Throws: a model file would hold the numbers without the method. */
  toJSON(): never
}

/** What a solve may step with. */
export type Method = Tableau | OtherMethod

/**
 * Dense output y(t + theta h) = y + h sum_i b_i(theta) k_i with b_i(theta) = sum_j rows[i][j] theta^(j + 1): a row for every
 * stage, all of one length, the polynomials' degree.
 */
export interface DenseOutput {
  /** Its own order: the local error inside the step is O(h^(order + 1)). */
  readonly order: number
  /** s rows, or s + e. */
  readonly rows: readonly (readonly Coefficient[])[]
  /**
   * e stages more, which only a step that is looked into takes: nodes, and rows with s, s + 1, ... entries. If the first of
   * them is f at the new point (c = 1, row = b), it serves as the next step's first.
   */
  readonly extra?: { readonly c: readonly Coefficient[]; readonly a: readonly (readonly Coefficient[])[] }
}

/** A checked tableau as doubles. Shared by all who compile the same object: read only. */
export interface CompiledTableau {
  readonly name: string
  readonly order: number
  readonly stages: number
  /** Stages of dense output: those of the step, and the extra ones behind them. */
  readonly denseStages: number
  /** The last stage is f at the new point (first same as last), so it serves as the next step's first. */
  readonly fsal: boolean
  /** The stage that is f at the new point: the last one, the first extra one, or -1. */
  readonly endStage: number
  /** There is an error row, so the step size can be controlled. */
  readonly adaptive: boolean
  /** Length `denseStages`. */
  readonly c: Float64Array
  /** `denseStages * denseStages`, row-major, strictly lower triangular. */
  readonly a: Float64Array
  /** Length `stages`. */
  readonly b: Float64Array
  /** Length `stages`; zeros if the method is not adaptive. */
  readonly error: Float64Array
  /** Length `stages`, or undefined. */
  readonly errorLow: Float64Array | undefined
  readonly denseOrder: number
  readonly denseDegree: number
  /** `denseStages * denseDegree`, row-major: [i * denseDegree + j] multiplies theta^(j + 1) k_i. */
  readonly dense: Float64Array
  readonly watch?: readonly number[] | undefined
  /**
   * Of a Rosenbrock method: gamma, the gamma_i, the error row and the square of C, one behind the other. Its stage 0 is f at the
   * start of the step, of weight 0; those of the method follow, and a last one, which is the error that the controller sees.
   */
  readonly rosenbrock?: Float64Array
}

// Wide enough for tables printed to 16 digits, narrow enough to catch any mistyped one; relative to the sum of magnitudes.
const TOLERANCE = 32 * Number.EPSILON

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const FRACTION = /^([+-]?\d+)\/(\d+)$/

const compiled: WeakMap<Method, CompiledTableau> = new WeakMap()

/**
 * Checks a tableau and rounds its coefficients to doubles, each correctly. Cached per object.
 *
 * @throws RangeError naming the field that is wrong: shapes, coefficients that are not numbers, row sums of `a` that are not
 *   `c`, `b` or `error` that do not sum to 1 and 0, dense output that does not start at y or does not end at y1.
 */
export function compile(tableau: Method): CompiledTableau {
  let result = compiled.get(tableau)
  if (result === undefined) {
    result = 'compile' in tableau ? tableau.compile() : check(tableau)
    compiled.set(tableau, result)
  }
  return result
}

function check(tableau: Tableau): CompiledTableau {
  const { name, dense, errorLow } = tableau
  if (typeof name !== 'string' || name === '')
    throw new RangeError(`tableau name must be a non-empty string, got ${name}`)
  const at = (field: string): string => `tableau ${name}: ${field}`
  const order = checkOrder(at('order'), tableau.order)
  const stages = checkLength(at('b'), tableau.b, undefined)
  const b = parseRow(at('b'), tableau.b, stages)
  checkSum(at('b'), b, 1, '1')
  checkLength(at('c'), tableau.c, stages)
  checkLength(at('a'), tableau.a, stages)
  const adaptive = tableau.error !== undefined
  const error = adaptive ? parseError(at('error'), tableau.error, stages) : new Float64Array(stages)
  if (errorLow !== undefined && !adaptive) throw new RangeError(`${at('errorLow')} must not be given without error`)
  if (typeof dense !== 'object' || dense === null)
    throw new RangeError(`${at('dense')} must be { order, rows }, got ${dense}`)
  const denseOrder = checkOrder(at('dense.order'), dense.order)
  const { c, a } = parseStages(at, tableau)
  const denseRows = parseDense(at, dense.rows, b, c.length)
  const { watch } = tableau
  if (watch) checkSum(at('c[watch[0]]'), c.subarray(watch[0], watch[0] + 1), 1, '1')
  const endStage = [stages - 1, stages].find((i) => isNewPoint(i, c, a, b)) ?? -1
  return {
    name,
    order,
    stages,
    denseStages: c.length,
    fsal: endStage === stages - 1,
    endStage,
    adaptive,
    c,
    a,
    b,
    error,
    errorLow: errorLow && parseError(at('errorLow'), errorLow, stages),
    denseOrder,
    denseDegree: denseRows.length / c.length,
    watch,
    dense: denseRows,
  }
}

/** Nodes and rows of all stages, the extra ones behind the others, in one square. */
function parseStages(at: (field: string) => string, tableau: Tableau): { c: Float64Array; a: Float64Array } {
  const { extra } = tableau.dense
  if (extra !== undefined && (typeof extra !== 'object' || extra === null))
    throw new RangeError(`${at('dense.extra')} must be { c, a }, got ${extra}`)
  const stages = tableau.b.length
  const count = extra === undefined ? 0 : checkLength(at('dense.extra.c'), extra.c, undefined)
  if (extra !== undefined) checkLength(at('dense.extra.a'), extra.a, count)
  const all = stages + count
  const c = new Float64Array(all)
  const a = new Float64Array(all * all)
  for (let i = 0; i < all; i++) {
    const own = i < stages
    const list: Pick<Tableau, 'c' | 'a'> = own ? tableau : (extra ?? tableau)
    const [part, k] = own ? ['', i] : ['dense.extra.', i - stages]
    c[i] = parse(at(`${part}c[${k}]`), list.c[k] as Coefficient)
    const row = parseRow(at(`${part}a[${k}]`), list.a[k], i)
    checkSum(at(`${part}a[${k}]`), row, c[i] as number, `${part}c[${k}] = ${c[i]}`)
    a.set(row, i * all)
  }
  return { c, a }
}

/** Is stage i f at the new point? */
function isNewPoint(i: number, c: Float64Array, a: Float64Array, b: Float64Array): boolean {
  return c[i] === 1 && b.every((weight, j) => weight === a[i * c.length + j])
}

function parseError(field: string, row: Tableau['error'], stages: number): Float64Array {
  const error = parseRow(field, row, stages)
  checkSum(field, error, 0, '0')
  if (error.every((weight) => weight === 0)) {
    throw new RangeError(`${field} must have an entry that is not 0: leave it out if the method has no error estimate`)
  }
  return error
}

function parseDense(
  at: (field: string) => string,
  rows: DenseOutput['rows'],
  b: Float64Array,
  stages: number,
): Float64Array {
  checkLength(at('dense.rows'), rows, stages)
  const degree = checkLength(at('dense.rows[0]'), rows[0], undefined)
  const dense = new Float64Array(stages * degree)
  for (const [i, row] of rows.entries()) {
    const parsed = parseRow(at(`dense.rows[${i}]`), row, degree)
    const end = b[i] ?? 0
    checkSum(at(`dense.rows[${i}]`), parsed, end, i < b.length ? `b[${i}] = ${end}` : '0')
    dense.set(parsed, i * degree)
  }
  // sum_i b_i(theta) = theta: dense output is exact where f is constant
  for (let j = 0; j < degree; j++) {
    const column = Float64Array.from({ length: stages }, (_, i) => dense[i * degree + j] as number)
    checkSum(at(`dense.rows, coefficients of theta^${j + 1},`), column, j === 0 ? 1 : 0, j === 0 ? '1' : '0')
  }
  return dense
}

export function checkOrder(field: string, order: number): number {
  if (!Number.isSafeInteger(order) || order < 1) throw new RangeError(`${field} must be an integer >= 1, got ${order}`)
  return order
}

/** The length of `row`, which must be `expected`, or at least 1 where nothing is expected. */
export function checkLength(field: string, row: readonly unknown[] | undefined, expected: number | undefined): number {
  const wanted = expected === undefined ? 'at least 1 entry' : `${expected} ${expected === 1 ? 'entry' : 'entries'}`
  if (!Array.isArray(row)) throw new RangeError(`${field} must be an array of ${wanted}, got ${row}`)
  if (expected === undefined ? row.length === 0 : row.length !== expected) {
    throw new RangeError(`${field} must have ${wanted}, got ${row.length}`)
  }
  return row.length
}

export function checkSum(field: string, terms: Float64Array, target: number, wanted: string, tolerance?: number): void {
  let sum = 0
  let size = Math.abs(target)
  for (const term of terms) {
    sum += term
    size += Math.abs(term)
  }
  if (Math.abs(sum - target) > (tolerance ?? TOLERANCE) * size) {
    throw new RangeError(`${field} must sum to ${wanted}, got ${sum}: use fractions or at least 17 digits`)
  }
}

export function parseRow(field: string, row: readonly Coefficient[] | undefined, length: number): Float64Array {
  checkLength(field, row, length)
  return Float64Array.from(row as readonly Coefficient[], (value, i) => parse(`${field}[${i}]`, value))
}

export function parse(field: string, value: Coefficient): number {
  const number = typeof value === 'string' ? parseText(value) : value
  if (!Number.isFinite(number)) {
    throw new RangeError(
      `${field} must be a finite number, a decimal '0.161' or a fraction '44/45' of integers below 2^53, ` +
        `got ${typeof value === 'string' ? `'${value}'` : value}`,
    )
  }
  return number
}

/** NaN unless `text` is a decimal or a fraction. Of two integers below 2^53 one division is correctly rounded. */
function parseText(text: string): number {
  const fraction = FRACTION.exec(text)
  if (fraction === null) return DECIMAL.test(text) ? Number(text) : Number.NaN
  const numerator = Number(fraction[1])
  const denominator = Number(fraction[2])
  const exact = Number.isSafeInteger(numerator) && Number.isSafeInteger(denominator)
  return exact ? numerator / denominator : Number.NaN
}
