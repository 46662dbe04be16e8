import { checkInt, checkNumbers, type Numbers } from '../core/check.ts'

/** How long a path is. */
export interface TrajectoryLength {
  /** Sum of the distances from point to point. */
  readonly length: number
  /** The same of the path projected on its first principal components. */
  readonly projected: number
  /** Share of the variance that these components have; 1 for a path that stays where it is. */
  readonly share: number
}

/**
 * The length of a path of states, and of its projection on the first principal components: how far a network spreads a simple input, such
 * as a circle. Trajectory length measures the expressivity of networks in Raghu, Poole, Kleinberg, Ganguli, Sohl-Dickstein, ICML 2017, and
 * on two components that of continuous-time cells in Hasani, Lechner, Amini, Rus, Grosu, AAAI 2021.
 *
 * @param states the path, [points, width] row-major, such as one series of a `Recurrent` with output 'all'
 * @param width numbers in a point
 * @param components principal components, 1 to width. Default 2, or the width where that is less
 */
export function trajectoryLength(states: Numbers, width: number, components?: number): TrajectoryLength {
  checkInt('width', width, 1, 65536)
  checkNumbers('states', states)
  const points = states.length / width
  if (!Number.isInteger(points) || points < 2)
    throw new RangeError(`states must hold at least two points of ${width} numbers, got ${states.length} numbers`)
  const count = checkInt('components', components ?? Math.min(2, width), 1, width)
  const { values, vectors } = principal(covariance(states, width), width)
  const step = (k: number, j: number): number =>
    (states[(k + 1) * width + j] as number) - (states[k * width + j] as number)
  let [length, projected] = [0, 0]
  for (let k = 0; k + 1 < points; k++) {
    let [square, within] = [0, 0]
    for (let j = 0; j < width; j++) square += step(k, j) ** 2
    for (let c = 0; c < count; c++) {
      let along = 0
      for (let j = 0; j < width; j++) along += step(k, j) * (vectors[j * width + c] as number)
      within += along ** 2
    }
    length += Math.sqrt(square)
    projected += Math.sqrt(within)
  }
  const total = values.reduce((sum, v) => sum + v, 0)
  const share = total > 0 ? values.slice(0, count).reduce((sum, v) => sum + v, 0) / total : 1
  return { length, projected, share }
}

function covariance(states: Numbers, width: number): Float64Array {
  const points = states.length / width
  const mean = new Float64Array(width)
  for (const [i, v] of states.entries()) mean[i % width] = (mean[i % width] as number) + v / points
  const matrix = new Float64Array(width * width)
  const off = (k: number, i: number): number => (states[k * width + i] as number) - (mean[i] as number)
  for (let i = 0; i < width; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0
      for (let k = 0; k < points; k++) sum += off(k, i) * off(k, j)
      matrix[i * width + j] = matrix[j * width + i] = sum / points
    }
  }
  return matrix
}

/** Rounds of rotations after which a symmetric matrix is diagonal to rounding, for any width that is met. */
const SWEEPS = 30

/** Eigenvalues, largest first, and eigenvectors as columns: Jacobi's rotations (Golub, Van Loan, Matrix Computations, 8.5). */
function principal(a: Float64Array, n: number): { readonly values: number[]; readonly vectors: Float64Array } {
  const v = new Float64Array(n * n)
  for (let i = 0; i < n; i++) v[i * n + i] = 1
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let largest = 0
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) largest = Math.max(largest, rotate(a, v, n, p, q))
    if (largest === 0) break
  }
  const order = Array.from({ length: n }, (_, i) => i).sort(
    (i, j) => (a[j * n + j] as number) - (a[i * n + i] as number),
  )
  const vectors = new Float64Array(n * n)
  for (const [c, i] of order.entries()) for (let j = 0; j < n; j++) vectors[j * n + c] = v[j * n + i] as number
  return { values: order.map((i) => Math.max(0, a[i * n + i] as number)), vectors }
}

/** Makes entry (p, q) 0. Returns how large it was where that was more than rounding, else 0. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): number {
  const [app, aqq, apq] = [a[p * n + p] as number, a[q * n + q] as number, a[p * n + q] as number]
  if (Math.abs(apq) <= Number.EPSILON * Math.sqrt(Math.abs(app * aqq)) || apq === 0) return 0
  const tau = (aqq - app) / (2 * apq)
  const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau))
  const c = 1 / Math.sqrt(1 + t * t)
  const s = t * c
  const turn = (m: Float64Array, at: number, to: number): void => {
    const [x, y] = [m[at] as number, m[to] as number]
    m[at] = c * x - s * y
    m[to] = s * x + c * y
  }
  for (let k = 0; k < n; k++) turn(a, k * n + p, k * n + q)
  for (let k = 0; k < n; k++) turn(a, p * n + k, q * n + k)
  for (let k = 0; k < n; k++) turn(v, k * n + p, k * n + q)
  a[p * n + q] = a[q * n + p] = 0
  return Math.abs(apq)
}
