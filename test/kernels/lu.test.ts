import { describe, expect, test } from 'vitest'
import { Blocks } from '../support/blocks.ts'
import { scatter } from '../support/gradients.ts'
import { solveDense } from '../support/linear-solve.ts'

const blocks = new Blocks(64)
const SIZES = [1, 2, 3, 4, 5, 8, 17, 40]
const GUARD = 321

/** Rows as the core has them: an even number of values apart, and something that must stay where the gap is. */
function put(matrix: readonly (readonly number[])[]): number {
  const stride = (matrix.length + 1) & ~1
  return blocks.put(
    matrix.flatMap((row) => [...row, ...new Array<number>(stride - row.length).fill(0)]),
    GUARD,
  )
}

function solve(matrix: readonly (readonly number[])[], ...sides: readonly (readonly number[])[]): number[][] {
  const n = matrix.length
  const [a, pivots] = [put(matrix), blocks.integers(new Array(n).fill(-1))]
  expect(blocks.call('luFactor', n, a, pivots)).toBe(-1)
  const solved = sides.map((side) => {
    const x = blocks.put(side, GUARD)
    blocks.call('luSolve', n, a, pivots, x)
    return blocks.get(x, n + 1)
  })
  expect(solved.map((x) => x[n])).toEqual(sides.map(() => GUARD))
  return solved.map((x) => x.slice(0, n))
}

const square = (n: number, seed: number): number[][] => {
  const values = scatter(n * n, seed)
  return Array.from({ length: n }, (_, i) => [...values.subarray(i * n, (i + 1) * n)])
}

const times = (matrix: readonly (readonly number[])[], x: readonly number[]): number[] =>
  matrix.map((row) => row.reduce((sum, value, j) => sum + value * (x[j] as number), 0))

const largest = (x: readonly number[]): number => Math.max(...x.map(Math.abs))

describe('LU', () => {
  test.each(SIZES)('%i unknowns: what elimination gives, for one factorisation and two sides', (n) => {
    for (const seed of [1, 2, 3]) {
      const matrix = square(n, seed)
      const sides = [[...scatter(n, seed + 10)], [...scatter(n, seed + 20)]]
      for (const [i, x] of solve(matrix, ...sides).entries()) {
        const side = sides[i] as number[]
        const wanted = solveDense(matrix, side)
        // Both are backward stable: their difference is the condition of the matrix, and the residual is rounding.
        expect(largest(x.map((value, j) => value - (wanted[j] as number)))).toBeLessThan(1e-10 * largest(wanted))
        expect(largest(times(matrix, x).map((value, j) => value - (side[j] as number)))).toBeLessThan(
          1e-15 * 4 * n * largest(x),
        )
      }
    }
  })

  test('pivots: zeros on the diagonal, and entries of all sizes', () => {
    expect(
      solve(
        [
          [0, 2],
          [4, 0],
        ],
        [6, 8],
      ),
    ).toEqual([[2, 3]])
    // Without pivoting x would be [0, 1] here.
    const [x] = solve(
      [
        [1e-20, 1],
        [1, 1],
      ],
      [1, 2],
    ) as [number[]]
    expect(x).toEqual([1, 1])
    expect(
      solve(
        [
          [0, 0, 1],
          [1, 0, 0],
          [0, 1, 0],
        ],
        [3, 1, 2],
      ),
    ).toEqual([[1, 2, 3]])
  })

  test('no pivot: the column is named', () => {
    const column = (matrix: readonly (readonly number[])[]): number =>
      blocks.call('luFactor', matrix.length, put(matrix), blocks.integers(new Array(matrix.length).fill(0)))
    expect(column([[0]])).toBe(0)
    expect(column([[Number.NaN]])).toBe(0)
    expect(column([[Number.POSITIVE_INFINITY]])).toBe(0)
    expect(
      column([
        [1, 2, 3],
        [2, 4, 1],
        [3, 6, 2],
      ]),
    ).toBe(1)
    expect(
      column([
        [1, 2],
        [2, 4],
      ]),
    ).toBe(1)
  })
})
