/** How the inputs of units follow from samples along a step, and dense output for affine fields: tables for the core. */

import { type CompiledTableau, compile, type Method } from '../tableaus/tableau.ts'

type Row = readonly number[]

/** How the Bernstein coefficients of an input along a step follow from samples of it. */
export interface Table {
  /** A row for each coefficient. */
  readonly matrix: readonly Row[]
  /** Coefficients of what may be added to meet one more sample. */
  readonly open: Row
  /** Parts of the step at which there are samples, besides start and end; empty: the samples are those of the stages. */
  readonly nodes: Row
  /** Which sample is that at the end of the step. */
  readonly end: number
}

const tables: WeakMap<CompiledTableau, Table> = new WeakMap()

/** The table of a method; `affine`: for fields that are affine between kinks. */
export function tableOf(method: CompiledTableau, affine: boolean): Table {
  const table = tables.get(method) ?? ((affine && fromStages(method)) || fromNodes(method.denseDegree))
  tables.set(method, table)
  return table
}

const at = (values: ArrayLike<number> | undefined, i: number): number => values?.[i] as number

const dot = (x: Row, y: Row | undefined): number => x.reduce((sum, v, i) => sum + v * at(y, i), 0)

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

const combine = (weights: Row, rows: readonly Row[], length: number): number[] =>
  range(length).map((j) => weights.reduce((sum, w, i) => sum + w * (rows[i]?.[j] as number), 0))

const binomial = (n: number, k: number): number => (k === 0 ? 1 : (binomial(n, k - 1) * (n - k + 1)) / k)

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

const ofAffine: WeakMap<Method, Method> = new WeakMap()

/** Powers of h A beyond the order that dense output for affine fields follows. */
const BEYOND = 2

/** The part of x that is orthogonal to all of an orthogonal set; twice, for what rounding leaves. */
const orthogonal = (x: Row, set: readonly Row[]): Row =>
  [...set, ...set].reduce((rest, q) => {
    const share = dot(rest, q) / dot(q, q)
    return rest.map((value, i) => value - share * at(q, i))
  }, x)

/**
 * The method with dense output for affine fields that is as good as its end, and needs no stages but its own and f at the new point.
 * Under f(y + d) = f + A d stage i is sum_m r_im (h A)^m f / (m + 1)! with r_i0 = 1, r_im = (m + 1) sum_j a_ij r_j,m-1; the step ends with
 * R_m = sum_i b_i r_im in place of r_im, which is 1 below the order, and we let it go there as theta^(m + 1) R_m, bent so that it
 * arrives with f at the new point. Rows b_i(theta) for that: Hermite's cubic (the straight line, where f at the new point is no
 * stage), and what that lacks power by power, in weights without a share in the powers before.
 */
export function forAffine(method: Method): Method {
  const known = ofAffine.get(method)
  if (known !== undefined) return known
  const t = compile(method)
  const { denseStages: all, order, endStage: end } = t
  const n = end < 0 ? all : end + 1
  const a = range(n).map((i) => range(n).map((j) => at(t.a, i * all + j)))
  const b = range(n).map((i) => t.b[i] ?? 0)
  // What no other stage and not the end builds on would be one more number that the stages leave open.
  const used = b.map((weight, i) => i === n - 1 || weight !== 0 || a.some((row) => row[i] !== 0))
  let dense: Row[] = b.map((weight, i) => {
    const [start, last] = [Number(i === 0), Number(i === end)]
    return end < 0 ? [weight] : [start, 3 * weight - 2 * start - last, start + last - 2 * weight]
  })
  const set: Row[] = []
  for (let m = 0, power: Row = b.map(() => 1); m < order + BEYOND; m++) {
    const own = power.map((value, i) => (used[i] ? value : 0))
    const u = orthogonal(own, set)
    if (u.every((value) => value === 0)) break
    set.push(u)
    const [arrives, size] = [dot(b, own), dot(u, own)]
    const bend = end < 0 ? 0 : at(own, end) - (m + 1) * arrives
    const length = Math.max(m + 1 + Number(end >= 0), (dense[0] as Row).length)
    const lack = range(length).map(
      (j) =>
        Number(j === m) * (arrives - bend) +
        Number(j === m + 1) * bend -
        dense.reduce((sum, row, i) => sum + (row[j] ?? 0) * at(own, i), 0),
    )
    dense = dense.map((row, i) => lack.map((value, j) => (row[j] ?? 0) + (at(u, i) / size) * value))
    power = a.map((row) => (m + 2) * dot(row, own))
  }
  const compiled = {
    ...t,
    denseStages: n,
    c: t.c.slice(0, n),
    a: Float64Array.from(a.flat()),
    denseDegree: (dense[0] as Row).length,
    dense: Float64Array.from(dense.flat()),
  }
  const made = { ...method, compile: () => compiled } as unknown as Method
  ofAffine.set(method, made)
  return made
}

/** From values at equal distances: each moves the input by the polynomial that is 1 at its place, and 0 at the start and the others. */
function fromNodes(degree: number): Table {
  const places = range(degree).map((i) => (i + 1) / degree)
  const parts = places.map((x) =>
    bernstein(
      places.reduce(
        (c: Row, y) => (y === x ? c : range(c.length + 1).map((j) => ((c[j - 1] ?? 0) - y * (c[j] ?? 0)) / (x - y))),
        [1 / x],
      ),
    ),
  )
  const matrix = range(degree + 1).map((m) => {
    const row = parts.map((part) => at(part, m))
    return [row.reduce((rest, weight) => rest - weight, 1), ...row]
  })
  return { matrix, open: ramp(degree), nodes: places.slice(0, -1), end: degree }
}
