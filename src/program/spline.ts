/**
 * The solution M of the equations of a natural spline, h_(k-1) M_(k-1) + 2 (h_(k-1) + h_k) M_k + h_k M_(k+1) = r_k at the inner knots, 0 at
 * the ends, by elimination without pivots: the matrix is diagonally dominant. It is its own transpose.
 *
 * @param h lengths of the intervals
 * @param right r_k, k = 1 ... h.length - 1, `length` numbers each
 */
export function secondDerivatives(
  h: readonly number[],
  right: (k: number) => Float64Array,
  length: number,
): Float64Array[] {
  const n = h.length
  const step = (k: number): number => h[k] as number
  const pivots: number[] = [1]
  const m = [new Float64Array(length)]
  for (let k = 1; k < n; k++) {
    const factor = k === 1 ? 0 : step(k - 1) / (pivots[k - 1] as number)
    pivots.push(2 * (step(k - 1) + step(k)) - factor * (k === 1 ? 0 : step(k - 1)))
    const last = m[k - 1] as Float64Array
    m.push(right(k).map((value, i) => value - factor * (last[i] as number)))
  }
  m.push(new Float64Array(length))
  for (let k = n - 1; k > 0; k--) {
    const next = m[k + 1] as Float64Array
    m[k] = (m[k] as Float64Array).map((value, i) => (value - step(k) * (next[i] as number)) / (pivots[k] as number))
  }
  return m
}
