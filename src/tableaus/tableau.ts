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
   * Dense output y(t + theta h) = y + h sum_i b_i(theta) k_i with b_i(theta) = sum_j rows[i][j] theta^(j + 1): s rows, one
   * length, the polynomials' degree. `order` is its own order: the local error inside the step is O(h^(order + 1)).
   */
  readonly dense: { readonly order: number; readonly rows: readonly (readonly Coefficient[])[] }
}

/** A checked tableau as doubles. Shared by all who compile the same object: read only. */
export interface CompiledTableau {
  readonly name: string
  readonly order: number
  readonly stages: number
  /** The last stage is f at the new point (first same as last), so it serves as the next step's first. */
  readonly fsal: boolean
  /** There is an error row, so the step size can be controlled. */
  readonly adaptive: boolean
  /** Length `stages`. */
  readonly c: Float64Array
  /** `stages * stages`, row-major, strictly lower triangular. */
  readonly a: Float64Array
  /** Length `stages`. */
  readonly b: Float64Array
  /** Length `stages`; zeros if the method is not adaptive. */
  readonly error: Float64Array
  readonly denseOrder: number
  readonly denseDegree: number
  /** `stages * denseDegree`, row-major: [i * denseDegree + j] multiplies theta^(j + 1) k_i. */
  readonly dense: Float64Array
}

// Wide enough for tables printed to 16 digits, narrow enough to catch any mistyped one; relative to the sum of magnitudes.
const TOLERANCE = 32 * Number.EPSILON

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const FRACTION = /^([+-]?\d+)\/(\d+)$/

const compiled: WeakMap<Tableau, CompiledTableau> = new WeakMap()

/**
 * Checks a tableau and rounds its coefficients to doubles, each correctly. Cached per object.
 *
 * @throws RangeError naming the field that is wrong: shapes, coefficients that are not numbers, row sums of `a` that are not
 *   `c`, `b` or `error` that do not sum to 1 and 0, dense output that does not start at y or does not end at y1.
 */
export function compile(tableau: Tableau): CompiledTableau {
  let result = compiled.get(tableau)
  if (result === undefined) {
    result = check(tableau)
    compiled.set(tableau, result)
  }
  return result
}

function check(tableau: Tableau): CompiledTableau {
  const { name, dense } = tableau
  if (typeof name !== 'string' || name === '')
    throw new RangeError(`tableau name must be a non-empty string, got ${name}`)
  const at = (field: string): string => `tableau ${name}: ${field}`
  const order = checkOrder(at('order'), tableau.order)
  const stages = checkLength(at('b'), tableau.b, undefined)
  const b = parseRow(at('b'), tableau.b, stages)
  checkSum(at('b'), b, 1, '1')
  const c = parseRow(at('c'), tableau.c, stages)
  const a = parseLower(at, tableau.a, c)
  const adaptive = tableau.error !== undefined
  const error = adaptive ? parseError(at('error'), tableau.error, stages) : new Float64Array(stages)
  if (typeof dense !== 'object' || dense === null)
    throw new RangeError(`${at('dense')} must be { order, rows }, got ${dense}`)
  const denseOrder = checkOrder(at('dense.order'), dense.order)
  const denseRows = parseDense(at, dense.rows, b)
  const last = a.subarray((stages - 1) * stages)
  const fsal = c[stages - 1] === 1 && b.every((weight, j) => weight === last[j])
  return {
    name,
    order,
    stages,
    fsal,
    adaptive,
    c,
    a,
    b,
    error,
    denseOrder,
    denseDegree: denseRows.length / stages,
    dense: denseRows,
  }
}

function parseLower(at: (field: string) => string, rows: Tableau['a'], c: Float64Array): Float64Array {
  const stages = c.length
  checkLength(at('a'), rows, stages)
  const a = new Float64Array(stages * stages)
  for (const [i, row] of rows.entries()) {
    const parsed = parseRow(at(`a[${i}]`), row, i)
    checkSum(at(`a[${i}]`), parsed, c[i] as number, `c[${i}] = ${c[i]}`)
    a.set(parsed, i * stages)
  }
  return a
}

function parseError(field: string, row: Tableau['error'], stages: number): Float64Array {
  const error = parseRow(field, row, stages)
  checkSum(field, error, 0, '0')
  if (error.every((weight) => weight === 0)) {
    throw new RangeError(`${field} must have an entry that is not 0: leave it out if the method has no error estimate`)
  }
  return error
}

function parseDense(at: (field: string) => string, rows: Tableau['dense']['rows'], b: Float64Array): Float64Array {
  const stages = b.length
  checkLength(at('dense.rows'), rows, stages)
  const degree = checkLength(at('dense.rows[0]'), rows[0], undefined)
  const dense = new Float64Array(stages * degree)
  for (const [i, row] of rows.entries()) {
    const parsed = parseRow(at(`dense.rows[${i}]`), row, degree)
    checkSum(at(`dense.rows[${i}]`), parsed, b[i] as number, `b[${i}] = ${b[i]}`)
    dense.set(parsed, i * degree)
  }
  // sum_i b_i(theta) = theta: dense output is exact where f is constant
  for (let j = 0; j < degree; j++) {
    const column = b.map((_, i) => dense[i * degree + j] as number)
    checkSum(at(`dense.rows, coefficients of theta^${j + 1},`), column, j === 0 ? 1 : 0, j === 0 ? '1' : '0')
  }
  return dense
}

function checkOrder(field: string, order: number): number {
  if (!Number.isSafeInteger(order) || order < 1) throw new RangeError(`${field} must be an integer >= 1, got ${order}`)
  return order
}

/** The length of `row`, which must be `expected`, or at least 1 where nothing is expected. */
function checkLength(field: string, row: readonly unknown[] | undefined, expected: number | undefined): number {
  const wanted = expected === undefined ? 'at least 1 entry' : `${expected} ${expected === 1 ? 'entry' : 'entries'}`
  if (!Array.isArray(row)) throw new RangeError(`${field} must be an array of ${wanted}, got ${row}`)
  if (expected === undefined ? row.length === 0 : row.length !== expected) {
    throw new RangeError(`${field} must have ${wanted}, got ${row.length}`)
  }
  return row.length
}

function checkSum(field: string, terms: Float64Array, target: number, wanted: string): void {
  let sum = 0
  let size = Math.abs(target)
  for (const term of terms) {
    sum += term
    size += Math.abs(term)
  }
  if (Math.abs(sum - target) > TOLERANCE * size) {
    throw new RangeError(`${field} must sum to ${wanted}, got ${sum}: use fractions or at least 17 digits`)
  }
}

function parseRow(field: string, row: readonly Coefficient[] | undefined, length: number): Float64Array {
  checkLength(field, row, length)
  return Float64Array.from(row as readonly Coefficient[], (value, i) => parse(`${field}[${i}]`, value))
}

function parse(field: string, value: Coefficient): number {
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
