/** Least-squares slope of log |y| over log |x|: the order of convergence, if y are errors and x are step sizes. */
export function slope(x: readonly number[], y: readonly number[]): number {
  const logs = (values: readonly number[]): number[] => values.map((value) => Math.log(Math.abs(value)))
  const [u, v] = [logs(x), logs(y)]
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [mu, mv] = [mean(u), mean(v)]
  const uv = u.reduce((sum, ui, i) => sum + (ui - mu) * ((v[i] as number) - mv), 0)
  return uv / u.reduce((sum, ui) => sum + (ui - mu) ** 2, 0)
}
