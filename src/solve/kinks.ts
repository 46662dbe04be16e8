/** Where kinks are located: whether, and how the inputs of units follow from samples along a step. Policy and tables for the core. */

import * as abi from '../../assembly/abi.ts'
import type { Arena } from '../core/arena.ts'
import { getF64, getI32, getPointer, type Pointer, read, setF64, setI32 } from '../core/boundary.ts'
import { checkOneOf } from '../core/check.ts'
import type { Stats } from '../core/errors.ts'
import { type CompiledTableau, compile, type Method } from '../tableaus/tableau.ts'

/** What becomes of the kinks of a piecewise linear field. */
export type Kinks = 'locate' | 'auto' | 'ignore'

/** The highest degree of dense output that the core has room for. */
const MAX_DEGREE = 15

interface Pattern {
  readonly kind: number
}

/** Brings the option into the pattern of a solve; throws where kinks cannot be located. */
export function placeKinks<P extends Pattern & { readonly tableau: Method }>(
  { kinks = 'ignore' }: { readonly kinks?: Kinks },
  pattern: P,
): P & { readonly kinks?: Kinks } {
  checkOneOf('kinks', kinks, ['locate', 'auto', 'ignore'])
  const { name, rosenbrock, denseDegree } = compile(pattern.tableau)
  const why =
    pattern.kind !== abi.STEPS_ADAPTIVE
      ? 'fixed steps do not end at kinks'
      : rosenbrock || denseDegree > MAX_DEGREE
        ? `${name} is no explicit method with dense output of degree ${MAX_DEGREE} at most`
        : undefined
  if (kinks === 'ignore' || (kinks === 'auto' && why !== undefined)) return pattern
  if (why !== undefined) throw new RangeError(`kinks must be 'ignore' or 'auto', got 'locate': ${why}`)
  return { ...pattern, kinks }
}

/** What a solve steps with, and what it needs to locate kinks (abi, KINK_*); 0: it does not. */
export function layOutKinks<S>(
  { tableau, kinks }: { readonly tableau: S; readonly kinks?: Kinks },
  field: Pointer,
  arena: Arena,
): { readonly tableau: S; readonly kinks: Pointer } {
  if (kinks === undefined) return { tableau, kinks: 0 }
  if (getI32(field + abi.FIELD_KIND) === abi.FIELD_HOST) {
    if (kinks === 'auto') return { tableau, kinks: 0 }
    throw new RangeError("kinks must be 'ignore' or 'auto', got 'locate': a JavaScript field does not show its units")
  }
  const { kinked, affine } = look(field)
  if (!kinked) return { tableau, kinks: 0 }
  const own = affine ? forAffine(tableau as Method) : (tableau as Method)
  return { tableau: own as S, kinks: layOut(compile(own), affine, arena) }
}

function layOut(method: CompiledTableau, affine: boolean, arena: Arena): Pointer {
  const { matrix, open, nodes, end } = (affine && fromStages(method)) || fromNodes(method.denseDegree)
  const samples = (matrix[0] as Row).length
  const at = arena.bytes(abi.KINK_SIZE)
  const words: readonly (readonly [number, number])[] = [
    [abi.KINK_DEGREE, method.denseDegree],
    [abi.KINK_SAMPLES, samples],
    [abi.KINK_END, end],
    [abi.KINK_NODES, nodes.length ? arena.copy('f64', nodes) : 0],
    [abi.KINK_MATRIX, arena.copy('f64', matrix.flat())],
    [abi.KINK_OPEN, arena.copy('f64', open)],
  ]
  for (const [offset, value] of words) setI32(at + offset, value)
  const reach = matrix.map((row) => row.slice(1).reduce((sum, weight) => sum + Math.abs(weight), 0))
  setF64(at + abi.KINK_REACH, Math.max(...reach))
  return at
}

/** Has the program of a field kinks, and is it affine in t and y while they are held? */
function look(field: Pointer): { kinked: boolean; affine: boolean } {
  let kinked = false
  let affine = getF64(field + abi.FIELD_SPAN) === 0
  for (let i = 0; i < getI32(field + abi.FIELD_OP_COUNT); i++) {
    const op = getPointer(field + abi.FIELD_OPS) + i * abi.OP_BYTES
    const activation = getI32(op + abi.OP_ACT)
    const kink = ((abi.KINKED >> activation) & 1) === 1
    kinked ||= kink
    affine &&= (kink || activation === 0) && getI32(op + abi.OP_CODE) !== abi.OP_MUL
  }
  return { kinked, affine }
}

type Row = readonly number[]

/** How the Bernstein coefficients of an input along a step follow from samples of it. */
interface Table {
  /** A row for each coefficient. */
  readonly matrix: readonly Row[]
  /** Coefficients of what may be added to meet one more sample. */
  readonly open: Row
  /** Parts of the step at which there are samples, besides start and end; empty: the samples are those of the stages. */
  readonly nodes: Row
  /** Which sample is that at the end of the step. */
  readonly end: number
}

const at = (values: ArrayLike<number> | undefined, i: number): number => values?.[i] as number

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

const combine = (weights: Row, rows: readonly Row[], length: number): number[] =>
  range(length).map((j) => weights.reduce((sum, w, i) => sum + w * (rows[i]?.[j] as number), 0))

const binomial = (n: number, k: number): number => (k === 0 ? 1 : (binomial(n, k - 1) * (n - k + 1)) / k)

const power = (x: number, n: number): number => (n === 0 ? 1 : x * power(x, n - 1))

/** Bernstein coefficients of the polynomial sum_j c_j x^(j + 1). */
const bernstein = (c: Row): number[] =>
  range(c.length + 1).map((m) =>
    c.reduce((sum, value, j) => sum + (value * binomial(m, j + 1)) / binomial(c.length, j + 1), 0),
  )

/**
 * An affine input at stage s is z_0 + sum_i a_si x_i, x_i what stage i moves it by, and along the step z_0 + sum_i b_i(theta) x_i. So the
 * stages' own inputs give every x_i but that of the last stage, which none builds on: it is guessed from those before, and is what
 * is open. undefined: not so for this method.
 */
function fromStages({ denseStages: n, denseDegree, endStage, a, b, c, dense }: CompiledTableau): Table | undefined {
  const rows = range(n).map((s) => [...a.subarray(s * n, (s + 1) * n)])
  if (endStage < 0) rows.push(range(n).map((i) => b[i] ?? 0))
  const samples = rows.length
  const parts = range(n).map((i) => bernstein([...dense.subarray(i * denseDegree, (i + 1) * denseDegree)]))
  const moves: Row[] = []
  const none = range(samples).map(() => 0)
  let open: Row | undefined
  for (let i = 0; i < n; i++) {
    const s = rows.findIndex((row) => row[i] !== 0 && row.slice(i + 1).every((weight) => weight === 0))
    const row = rows[s]
    if (row !== undefined) {
      const before = combine(row.slice(0, i), moves, samples)
      moves.push(before.map((weight, j) => (Number(j === s) - Number(j === 0) - weight) / (row[i] as number)))
    } else if ((parts[i] as Row).every((weight) => weight === 0)) moves.push(none)
    else if (open !== undefined || rows.some((other) => other[i] !== 0)) return undefined
    else {
      open = parts[i] as Row
      moves.push(extrapolated(i, c, moves, samples))
    }
  }
  const matrix = range(denseDegree + 1).map((m) => {
    const sums = combine(
      parts.map((part) => part[m] as number),
      moves,
      samples,
    )
    return sums.map((weight, j) => weight + Number(j === 0))
  })
  return { matrix, open: open ?? ramp(denseDegree), nodes: [], end: endStage < 0 ? samples - 1 : endStage }
}

const ramp = (degree: number): Row => range(degree + 1).map((m) => m / degree)

/** What stage i would move by if all lay on a parabola, from the three others that are latest. */
function extrapolated(i: number, c: Float64Array, moves: readonly Row[], samples: number): Row {
  const others = range(i).filter((j) => c.indexOf(c[j] as number) === j)
  const latest = others.sort((p, q) => (c[q] as number) - (c[p] as number)).slice(0, 3)
  const at = (j: number): number => c[j] as number
  const weights = latest.map((j) => latest.reduce((w, k) => (k === j ? w : (w * (at(i) - at(k))) / (at(j) - at(k))), 1))
  return combine(
    weights,
    latest.map((j) => moves[j] as Row),
    samples,
  )
}

/** The inverse of a matrix that needs no pivots. */
function inverse(matrix: readonly Row[]): number[][] {
  const rows = matrix.map((row, i) => [...row, ...matrix.map((_, j) => Number(i === j))])
  for (const [i, row] of rows.entries()) {
    const pivot = row[i] as number
    for (const j of row.keys()) row[j] = (row[j] as number) / pivot
    for (const other of rows) {
      const factor = other[i] as number
      if (other !== row) for (const j of row.keys()) other[j] = (other[j] as number) - factor * (row[j] as number)
    }
  }
  return rows.map((row) => row.slice(matrix.length))
}

const ofAffine: WeakMap<Method, Method> = new WeakMap()

/**
 * The method with dense output of its own order for affine fields. Under f(y + d) = f + A d a stage is k_i = sum_m r_im (h A)^m f with
 * r_i0 = 1, r_im = sum_j a_ij r_j,m-1, and the solution has theta^(m + 1) / (m + 1)! in place of r_im. What the rows b_i(theta) lack of
 * that, from their order up to the method's, is made good by the weights u of least norm with sum_i u_i r_il = 1 for l = m, and 0
 * for the others: it vanishes at both ends.
 */
function forAffine(method: Method): Method {
  const known = ofAffine.get(method)
  if (known !== undefined) return known
  const t = compile(method)
  const { denseStages: n, order, a } = t
  const degree = Math.max(t.denseDegree, order)
  const powers: number[][] = [range(n).map(() => 1)]
  for (let m = 1; m < order; m++)
    powers.push(range(n).map((i) => range(i).reduce((sum, j) => sum + at(a, i * n + j) * at(powers[m - 1], j), 0)))
  const gram = inverse(powers.map((p) => powers.map((q) => p.reduce((sum, v, i) => sum + v * at(q, i), 0))))
  const dense = range(n).map((i) =>
    range(degree).map((j) => (j < t.denseDegree ? at(t.dense, i * t.denseDegree + j) : 0)),
  )
  let factorial = 1
  for (let m = 0; m < order; m++) {
    factorial *= m + 1
    if (m < t.denseOrder) continue
    const lack = range(degree).map(
      (j) => Number(j === m) / factorial - dense.reduce((sum, row, i) => sum + at(row, j) * at(powers[m], i), 0),
    )
    for (const [i, row] of dense.entries()) {
      const u = powers.reduce((sum, p, l) => sum + at(gram[m], l) * at(p, i), 0)
      for (const j of row.keys()) row[j] = at(row, j) + u * at(lack, j)
    }
  }
  const compiled = { ...t, denseDegree: degree, dense: Float64Array.from(dense.flat()) }
  const made = { ...method, compile: () => compiled } as unknown as Method
  ofAffine.set(method, made)
  return made
}

/** From the values at equal distances: the collocation matrix, inverted. It is totally positive, so no pivots are looked for. */
function fromNodes(degree: number): Table {
  const places = range(degree + 1).map((i) => i / degree)
  const rows = places.map((x) => [
    ...range(degree + 1).map((j) => binomial(degree, j) * power(x, j) * power(1 - x, degree - j)),
  ])
  return {
    matrix: inverse(rows),
    open: ramp(degree),
    nodes: places.slice(1, -1),
    end: degree,
  }
}

/** Where the stages of accepted steps end, if not where the steps do. */
export function stageEnds(solve: Pointer, steps: number): { readonly ends?: Float64Array } {
  const at = getPointer(solve + abi.SOLVE_KINKS)
  return at === 0 ? {} : { ends: read('f64', getPointer(at + abi.KINK_SPANS), steps) as Float64Array }
}

/** What only some solves count. */
export function rareStats(at: Pointer): Pick<Stats, 'njev' | 'nlu' | 'stiff' | 'kinks'> {
  const kinks = getPointer(at + abi.SOLVE_KINKS)
  return {
    njev: getI32(at + abi.SOLVE_JACOBIANS),
    nlu: getI32(at + abi.SOLVE_FACTORISATIONS),
    stiff: getF64(at + abi.SOLVE_STIFF_AT) || undefined,
    kinks: kinks && getI32(kinks + abi.KINK_FLIPS),
  }
}
