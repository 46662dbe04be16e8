/** Gaussian elimination with partial pivoting, as a textbook has it: what the core's LU is compared with. */
export function solveDense(matrix: readonly (readonly number[])[], side: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, side[i] as number])
  const n = rows.length
  const at = (i: number, j: number): number => rows[i]?.[j] as number
  for (let k = 0; k < n; k++) {
    let best = k
    for (let i = k + 1; i < n; i++) if (Math.abs(at(i, k)) > Math.abs(at(best, k))) best = i
    ;[rows[k], rows[best]] = [rows[best] as number[], rows[k] as number[]]
    for (let i = k + 1; i < n; i++) {
      const factor = at(i, k) / at(k, k)
      for (let j = k; j <= n; j++) (rows[i] as number[])[j] = at(i, j) - factor * at(k, j)
    }
  }
  const x = new Array<number>(n).fill(0)
  for (let i = n - 1; i >= 0; i--) {
    const known = x.reduce((sum, value, j) => (j > i ? sum + at(i, j) * value : sum), 0)
    x[i] = (at(i, n) - known) / at(i, i)
  }
  return x
}
