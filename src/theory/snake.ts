/** The path of the construction: all cells of a grid, each a neighbour of the one before. */

/** The largest n >= 1 with n^d <= r. By integers: r^(1/d) in floating point is below 10 for r = 1000, d = 3. */
export function integerRoot(r: number, d: number): number {
  let n = 1
  while (isPowerAtMost(n + 1, d, r)) n++
  return n
}

/** base^d <= limit, without leaving the integers below 2^53. */
function isPowerAtMost(base: number, d: number, limit: number): boolean {
  let power = 1
  for (let i = 0; i < d; i++) {
    power *= base
    if (power > limit) return false
  }
  return true
}

/**
 * The boustrophedon path through {0..n-1}^d: coordinate 0 is the fastest; when a coordinate cannot move on it turns round and
 * the next one moves. n^d rows of d numbers.
 */
export function snake(n: number, d: number): Int32Array {
  const rows: number = new Array(d).fill(n).reduce((product: number, factor: number) => product * factor, 1)
  const path = new Int32Array(rows * d)
  for (let l = 0; l < rows; l++) {
    let sweeps = l
    for (let i = 0; i < d; i++) {
      const place = sweeps % n
      sweeps = Math.floor(sweeps / n)
      // Every finished sweep of this coordinate has turned it round.
      path[l * d + i] = sweeps % 2 === 0 ? place : n - 1 - place
    }
  }
  return path
}

/** The step at which the path is at a node. */
export function snakeIndex(node: ArrayLike<number>, n: number): number {
  let l = 0
  for (let i = node.length - 1; i >= 0; i--) {
    const nu = node[i] as number
    l = l * n + (l % 2 === 0 ? nu : n - 1 - nu)
  }
  return l
}
