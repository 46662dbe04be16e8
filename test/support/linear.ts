/** Linear algebra on row-major square matrices, by the textbook. */

/** x with A x = b, by elimination with row pivots. */
export function solveLinear(a: ArrayLike<number>, b: ArrayLike<number>): number[] {
  const n = b.length
  const rows = Array.from({ length: n }, (_, i) => [
    ...Array.from({ length: n }, (__, j) => a[i * n + j] as number),
    b[i] as number,
  ])
  for (let k = 0; k < n; k++) {
    const pivot = rows.slice(k).reduce((best, row) => (Math.abs(row[k]!) > Math.abs(best[k]!) ? row : best))
    rows.splice(rows.indexOf(pivot), 1)
    rows.splice(k, 0, pivot)
    for (const row of rows.slice(k + 1)) {
      const factor = row[k]! / pivot[k]!
      for (let j = k; j <= n; j++) row[j]! -= factor * pivot[j]!
    }
  }
  const x = new Array<number>(n).fill(0)
  for (let i = n - 1; i >= 0; i--) {
    const row = rows[i]!
    x[i] = (row[n]! - x.reduce((sum, v, j) => sum + (j > i ? v * row[j]! : 0), 0)) / row[i]!
  }
  return x
}

/** The largest singular value of A (m x n): Hestenes' one-sided Jacobi rotations until all columns are orthogonal. */
export function largestSingularValue(a: ArrayLike<number>, m: number, n: number): number {
  const columns = Array.from({ length: n }, (_, j) => Array.from({ length: m }, (__, i) => a[i * n + j] as number))
  const inner = (x: number[], y: number[]): number => x.reduce((sum, v, i) => sum + v * y[i]!, 0)
  for (let sweep = 0, off = 1; off > 1e-15 && sweep < 60; sweep++) {
    off = 0
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const [x, y] = [columns[p]!, columns[q]!]
        const [xx, yy, xy] = [inner(x, x), inner(y, y), inner(x, y)]
        if (xy === 0) continue
        off = Math.max(off, Math.abs(xy) / Math.sqrt(xx * yy))
        const zeta = (yy - xx) / (2 * xy)
        const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta))
        const c = 1 / Math.sqrt(1 + t * t)
        columns[p] = x.map((v, i) => c * (v - t * y[i]!))
        columns[q] = x.map((v, i) => c * (t * v + y[i]!))
      }
    }
  }
  return Math.sqrt(Math.max(...columns.map((x) => inner(x, x))))
}
