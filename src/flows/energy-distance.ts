import { checkInt, checkNumbers, type Numbers } from '../core/check.ts'

/**
 * The energy distance between two samples of rows (Szekely, Rizzo 2013): sqrt(2 E|x - y| - E|x - x'| - E|y - y'|), each mean over all pairs
 * of different rows. 0 for samples of one density but for chance, where what is below the root may be negative: its root is then
 * taken of nothing. Takes time as rows^2.
 *
 * @param x row-major [n, dim], n >= 2
 * @param y row-major [m, dim], m >= 2
 */
export function energyDistance(x: Numbers, y: Numbers, dim: number): number {
  checkInt('dim', dim, 1, 65536)
  for (const [name, values] of [
    ['x', x],
    ['y', y],
  ] as const) {
    checkNumbers(name, values)
    if (values.length % dim !== 0 || values.length < 2 * dim)
      throw new RangeError(`${name} must hold at least two rows of ${dim} numbers, got ${values.length} numbers`)
  }
  const [n, m] = [x.length / dim, y.length / dim]
  const within = (values: Numbers, rows: number): number => sum(values, values, dim) / (rows * (rows - 1))
  return Math.sqrt(Math.max(0, (2 * sum(x, y, dim)) / (n * m) - within(x, n) - within(y, m)))
}

/** The sum of the distances of all pairs of rows; those of a row to itself are 0. */
function sum(x: Numbers, y: Numbers, dim: number): number {
  let all = 0
  for (let i = 0; i < x.length; i += dim)
    for (let j = 0; j < y.length; j += dim) {
      let square = 0
      for (let k = 0; k < dim; k++) {
        const d = (x[i + k] as number) - (y[j + k] as number)
        square += d * d
      }
      all += Math.sqrt(square)
    }
  return all
}
