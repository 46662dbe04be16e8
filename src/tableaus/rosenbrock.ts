import {
  type Coefficient,
  type CompiledTableau,
  checkLength,
  checkOrder,
  checkSum,
  type DenseOutput,
  type OtherMethod,
  parse,
  parseRow,
} from './tableau.ts'

/**
 * A Rosenbrock method of `s` stages, as data, in the form that needs no product with the Jacobian (Hairer, Wanner, *Solving
 * Ordinary Differential Equations II*, IV.7, 7.25):
 *
 *     (I / (gamma h) - J) u_i = f(t + c_i h, y + sum_j a_ij u_j) + sum_j C_ij u_j / h + gamma_i h df/dt
 *     y1 = y + sum_i b_i u_i
 *
 * with J and df/dt at (t, y), and dense output y(t + theta h) = y + sum_i b_i(theta) u_i.
 */
export interface RosenbrockTableau {
  readonly name: string
  /** Order of y1. */
  readonly order: number
  /** Citation. */
  readonly source: string
  readonly gamma: Coefficient
  /** Nodes, length s; c[0] is 0. */
  readonly c: readonly Coefficient[]
  /** gamma_i, length s. */
  readonly gammas: readonly Coefficient[]
  /** Strictly lower triangles: s rows, row i has i entries. */
  readonly a: readonly (readonly Coefficient[])[]
  readonly C: readonly (readonly Coefficient[])[]
  /** Weights, length s. */
  readonly b: readonly Coefficient[]
  /** Weights minus embedded weights, length s. */
  readonly error: readonly Coefficient[]
  /** b_i(theta) = sum_j rows[i][j] theta^(j + 1). */
  readonly dense: Pick<DenseOutput, 'order' | 'rows'>
}

/** Wide enough for tables of 16 digits, from which gamma_i and c_i follow by a recursion. */
const TOLERANCE = 1e-14

/**
 * A Rosenbrock method from its tableau: a solver for `odeint` and `NeuralODE`, for stiff fields.
 *
 * @throws RangeError at its first use, naming the field that is wrong: shapes, numbers, and what a constant field makes of
 *   them, gamma_i = gamma (1 + sum_j C_ij gamma_j), c_i = sum_j a_ij gamma_j, sum_i b_i gamma_i = 1
 */
export function rosenbrock(tableau: RosenbrockTableau): RosenbrockTableau & OtherMethod {
  const { name } = tableau
  return {
    ...tableau,
    compile: () => check(tableau),
    allow: (whole, gradient) => allow(name, whole, gradient),
    withDerivatives,
    toJSON: () => {
      throw new RangeError(
        `solver ${name} cannot be saved with a model: save it with another, and give ${name} to solve()`,
      )
    },
  }
}

function allow(name: string, whole: boolean, gradient: boolean): void {
  if (!whole) throw new RangeError(`solver ${name} needs the whole core: import from relode, not from relode/inference`)
  if (gradient)
    throw new RangeError(
      `solver ${name} has no gradient: train with an explicit one, tsit5 for example, and solve with ${name}`,
    )
}

type Derivative = ((t: number, y: never, out: never) => void) | undefined

const withDerivatives: OtherMethod['withDerivatives'] = (options, n, register, call) => {
  const { jac, dfdt } = options as { readonly jac?: Derivative; readonly dfdt?: Derivative }
  for (const [name, f] of Object.entries({ jac, dfdt })) {
    if (f !== undefined && typeof f !== 'function')
      throw new TypeError(`${name} must be a function (t, y, ${name === 'jac' ? 'J' : name}), got ${typeof f}`)
  }
  const next = <R>(f: Derivative, length: number, then: (id: number) => R): R =>
    f ? register(f, length, then) : then(-1)
  return next(jac, n * n, (i) => next(dfdt, n, (j) => call(i, j)))
}

type At = (field: string) => string
type Sum = (field: string, terms: Float64Array, target: number, wanted: string) => void

function check(tableau: RosenbrockTableau): CompiledTableau {
  const { name, order } = tableau
  if (typeof name !== 'string' || name === '')
    throw new RangeError(`tableau name must be a non-empty string, got ${name}`)
  const at: At = (field) => `tableau ${name}: ${field}`
  const gamma = parse(at('gamma'), tableau.gamma)
  if (!(gamma > 0)) throw new RangeError(`${at('gamma')} must be > 0, got ${gamma}`)
  checkOrder(at('order'), order)
  const { b, c, gammas, error, a, C } = shifted(at, tableau)
  const stages = b.length
  const sum: Sum = (field, terms, target, wanted) =>
    checkSum(at(field), times(terms, gammas), target, wanted, TOLERANCE)
  for (let i = 1; i < stages; i++) {
    const [rowA, rowC] = [a, C].map((square) => square.subarray(i * stages, (i + 1) * stages)) as [
      Float64Array,
      Float64Array,
    ]
    const coupled = (gammas[i] as number) / gamma - 1
    sum(`C[${i - 1}]`, rowC, coupled, `gammas[${i - 1}] / gamma - 1 = ${coupled}`)
    sum(`a[${i - 1}]`, rowA, c[i] as number, `c[${i - 1}] = ${c[i]}`)
  }
  sum('b', b, 1, '1')
  sum('error', error, 0, '0')
  const dense = checkDense(at, tableau.dense.rows, b, sum)
  // One stage more is the error that the controller sees: the embedded estimate, or that of dense output (see the core's step).
  const [all, degree] = [stages + 1, dense.length / stages]
  const square = new Float64Array(all * all)
  for (let i = 0; i < stages; i++) square.set(a.subarray(i * stages, (i + 1) * stages), i * all)
  return {
    name,
    order,
    stages: all,
    denseStages: all,
    fsal: false,
    endStage: -1,
    adaptive: true,
    c: Float64Array.of(...c, 0),
    a: square,
    b: Float64Array.of(...b, 0),
    error: Float64Array.of(...new Float64Array(stages), 1),
    errorLow: undefined,
    denseOrder: checkOrder(at('dense.order'), tableau.dense.order),
    denseDegree: degree,
    dense: Float64Array.of(...dense, ...new Float64Array(degree)),
    rosenbrock: Float64Array.of(gamma, ...gammas, ...error, ...C),
  }
}

const times = (x: Float64Array, y: Float64Array): Float64Array => x.map((value, i) => value * (y[i] as number))

/** The lists and squares of the tableau behind a stage 0, which is f at the start as the core finds it there. */
function shifted(at: At, tableau: RosenbrockTableau): Record<'b' | 'c' | 'gammas' | 'error' | 'a' | 'C', Float64Array> {
  const s = checkLength(at('b'), tableau.b, undefined)
  const list = (field: 'b' | 'c' | 'gammas' | 'error'): Float64Array =>
    Float64Array.of(0, ...parseRow(at(field), tableau[field], s))
  const square = (field: 'a' | 'C'): Float64Array => {
    checkLength(at(field), tableau[field], s)
    const values = new Float64Array((s + 1) ** 2)
    for (const [i, row] of tableau[field].entries())
      values.set(parseRow(at(`${field}[${i}]`), row, i), (i + 1) * (s + 1) + 1)
    return values
  }
  return { b: list('b'), c: list('c'), gammas: list('gammas'), error: list('error'), a: square('a'), C: square('C') }
}

function checkDense(at: At, rows: DenseOutput['rows'], b: Float64Array, sum: Sum): Float64Array {
  checkLength(at('dense.rows'), rows, b.length - 1)
  const degree = checkLength(at('dense.rows[0]'), rows[0], undefined)
  const dense = new Float64Array(b.length * degree)
  for (const [i, row] of rows.entries()) {
    const parsed = parseRow(at(`dense.rows[${i}]`), row, degree)
    checkSum(at(`dense.rows[${i}]`), parsed, b[i + 1] as number, `b[${i}] = ${b[i + 1]}`, TOLERANCE)
    dense.set(parsed, (i + 1) * degree)
  }
  for (let j = 0; j < degree; j++) {
    const column = b.map((_, i) => dense[i * degree + j] as number)
    sum(`dense.rows, coefficients of theta^${j + 1},`, column, j === 0 ? 1 : 0, j === 0 ? '1' : '0')
  }
  return dense
}
