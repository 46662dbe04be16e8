import { describe, expect, test } from 'vitest'
import { ACT_IDENTITY, ACT_RELU, ACT_TANH } from '../../assembly/activations.ts'
import { Blocks } from '../support/blocks.ts'
import { scatter } from '../support/gradients.ts'
import { dtypes } from '../support/vectors.ts'

// Every residue of the tiles: 4 rows by 2 vectors (8 floats, 4 doubles), and 4 and 8 vectors for a single row.
const SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 50]

/**
 * The product by two loops and one chain of multiply-adds an element, in the order of k: the bits the core must have. With two columns in
 * f32 and an even k (`inPairs`) the odd k's are a chain of their own, from 0.
 */
function product(
  blocks: Blocks,
  [m, n, k]: readonly [number, number, number],
  a: (i: number, l: number) => number,
  b: (l: number, j: number) => number,
  start: (i: number, j: number) => number,
  pairs = inPairs(blocks, k, n),
): number[] {
  return Array.from({ length: m * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n]
    const term = (l: number, sum: number): number => blocks.madd(blocks.round(a(i, l)), blocks.round(b(l, j)), sum)
    let sum = blocks.round(start(i, j))
    if (!pairs) {
      for (let l = 0; l < k; l++) sum = term(l, sum)
      return sum
    }
    let odd = 0
    for (let l = 0; l < k; l += 2) [sum, odd] = [term(l, sum), term(l + 1, odd)]
    return blocks.round(sum + odd)
  })
}

/** Is an operand packed in pairs of k's? */
const inPairs = ({ dtype }: Blocks, k: number, n: number): boolean => dtype === 32 && n === 2 && k % 2 === 0

const at = (values: Float64Array, i: number): number => values[i] as number

describe.each(dtypes)('f%i', (dtype) => {
  const blocks = new Blocks(dtype)

  function packed(
    k: number,
    n: number,
    b: Float64Array,
    rs: number,
    cs: number,
    bias: Float64Array | undefined,
  ): number {
    const to = blocks.room(blocks.call('packedLength', k, n))
    blocks.call('pack', k, n, blocks.put(b, Number.NaN), rs, cs, bias ? blocks.put(bias, Number.NaN) : 0, to)
    expect(blocks.overrun(to, blocks.call('packedLength', k, n))).toEqual([])
    return to
  }

  test.each(SIZES)('act(A W^T + b), %i rows', (m) => {
    for (const n of SIZES) {
      for (const k of [1, 2, 3, 4, 5, 6, 17, 18]) {
        const [a, w, bias] = [scatter(m * k, 1), scatter(n * k, 2), scatter(n, 3)]
        const panels = packed(k, n, w, 1, k, bias)
        const wanted = product(
          blocks,
          [m, n, k],
          (i, l) => at(a, i * k + l),
          (l, j) => at(w, j * k + l),
          (_, j) => at(bias, j),
        )
        for (const activation of [ACT_IDENTITY, ACT_RELU]) {
          const c = blocks.room(m * n)
          blocks.call('gemmPacked', m, n, k, blocks.put(a, Number.NaN), k, 1, panels, c, 0, activation)
          expect(blocks.get(c, m * n)).toEqual(activation === ACT_RELU ? wanted.map((v) => (v < 0 ? 0 : v)) : wanted)
          expect(blocks.overrun(c, m * n)).toEqual([])
        }
      }
    }
  })

  test.each([1, 3, 5, 17, 50])('adding, and without a bias, %i rows', (m) => {
    for (const n of SIZES) {
      const k = 6
      const [a, b, c0] = [scatter(m * k, 1), scatter(k * n, 2), scatter(m * n, 3)]
      const panels = packed(k, n, b, n, 1, undefined)
      const [fresh, sum] = [blocks.room(m * n), blocks.put(c0)]
      blocks.call('gemmPacked', m, n, k, blocks.put(a), k, 1, panels, fresh, 0, ACT_IDENTITY)
      blocks.call('gemmPacked', m, n, k, blocks.put(a), k, 1, panels, sum, 1, ACT_IDENTITY)
      const [x, y] = [(i: number, l: number) => at(a, i * k + l), (l: number, j: number) => at(b, l * n + j)]
      expect(blocks.get(fresh, m * n)).toEqual(product(blocks, [m, n, k], x, y, () => 0))
      // In pairs the sums are complete before they meet C.
      const added = inPairs(blocks, k, n)
        ? product(blocks, [m, n, k], x, y, () => 0).map((v, i) => blocks.round(v + blocks.round(at(c0, i))))
        : product(blocks, [m, n, k], x, y, (i, j) => at(c0, i * n + j))
      expect(blocks.get(sum, m * n)).toEqual(added)
      expect(blocks.overrun(sum, m * n)).toEqual([])
    }
  })

  test.each(SIZES)('the weight gradient: C += A^T B with B as it lies, %i columns', (n) => {
    for (const m of SIZES) {
      for (const k of [1, 5, 8]) {
        const [a, b, c0] = [scatter(k * m, 1), scatter(k * n, 2), scatter(m * n, 3)]
        const c = blocks.put(c0)
        blocks.call('gemmAdd', m, n, k, blocks.put(a, Number.NaN), 1, m, blocks.put(b, Number.NaN), c)
        const start = (i: number, j: number) => at(c0, i * n + j)
        // With a side of two in f32 the sums are complete before they meet C.
        const outer = dtype === 32 && (m === 2 || n === 2)
        const [x, y] = [(i: number, l: number) => at(a, l * m + i), (l: number, j: number) => at(b, l * n + j)]
        const sums = product(blocks, [m, n, k], x, y, outer ? () => 0 : start, false)
        const wanted = outer ? sums.map((v, i) => blocks.round(v + blocks.round(at(c0, i)))) : sums
        expect(blocks.get(c, m * n)).toEqual(wanted)
        expect(blocks.overrun(c, m * n)).toEqual([])
      }
    }
  })

  test('the weight gradient reads A by its strides', () => {
    // A as it lies, [m, k], for B with two columns and for A with two rows.
    for (const [m, n, k] of [
      [9, 2, 3],
      [2, 9, 3],
    ] as const) {
      const [a, b, c0] = [scatter(m * k, 1), scatter(k * n, 2), scatter(m * n, 3)]
      const c = blocks.put(c0)
      blocks.call('gemmAdd', m, n, k, blocks.put(a), k, 1, blocks.put(b), c)
      const [x, y] = [(i: number, l: number) => at(a, i * k + l), (l: number, j: number) => at(b, l * n + j)]
      expect(blocks.get(c, m * n)).toEqual(product(blocks, [m, n, k], x, y, (i, j) => at(c0, i * n + j), false))
    }
  })

  test.each([2, 9, 10])('a row has the same bits in any batch, %i terms', (k) => {
    for (const n of SIZES) {
      const [a, w, bias] = [scatter(17 * k, 1), scatter(n * k, 2), scatter(n, 3)]
      const panels = packed(k, n, w, 1, k, bias)
      for (const activation of [ACT_IDENTITY, ACT_TANH]) {
        const rows = (first: number, m: number): number[] => {
          const c = blocks.room(m * n)
          blocks.call(
            'gemmPacked',
            m,
            n,
            k,
            blocks.put(a.subarray(first * k, (first + m) * k)),
            k,
            1,
            panels,
            c,
            0,
            activation,
          )
          return blocks.get(c, m * n)
        }
        const all = rows(0, 17)
        for (const m of [1, 2, 3, 4, 5, 8]) {
          for (let first = 0; first + m <= 17; first++)
            expect(rows(first, m)).toEqual(all.slice(first * n, (first + m) * n))
        }
      }
    }
  })

  test('other activations are a second pass', () => {
    const [m, n, k] = [5, 7, 3]
    const [a, w] = [scatter(m * k, 1), scatter(n * k, 2)]
    const panels = packed(k, n, w, 1, k, undefined)
    const [plain, curved] = [blocks.room(m * n), blocks.room(m * n)]
    blocks.call('gemmPacked', m, n, k, blocks.put(a), k, 1, panels, plain, 0, ACT_IDENTITY)
    blocks.call('gemmPacked', m, n, k, blocks.put(a), k, 1, panels, curved, 0, ACT_TANH)
    blocks.call('activate', m * n, ACT_TANH, plain, plain)
    expect(blocks.get(curved, m * n)).toEqual(blocks.get(plain, m * n))
  })

  test('NaN and infinity stay in their row where two rows and two k are one vector', () => {
    const panels = packed(2, 2, Float64Array.of(1, 0, 1, 1), 1, 2, undefined)
    const rows = [
      [Number.NaN, 1],
      [2, 3],
      [Infinity, 2],
      [4, -Infinity],
      [5, 6],
    ]
    const c = blocks.room(10)
    blocks.call('gemmPacked', 5, 2, 2, blocks.put(rows.flat()), 2, 1, panels, c, 0, ACT_RELU)
    expect(blocks.get(c, 10)).toEqual([Number.NaN, Number.NaN, 2, 5, Infinity, Infinity, Number.NaN, 0, 5, 11])
  })

  test('NaN and infinity come through, relu included', () => {
    const panels = packed(2, 3, Float64Array.of(1, 0, 0, 1, 1, -1), 1, 2, undefined)
    for (const activation of [ACT_IDENTITY, ACT_RELU]) {
      const c = blocks.room(6)
      blocks.call(
        'gemmPacked',
        2,
        3,
        2,
        blocks.put([Number.NaN, 1, Number.POSITIVE_INFINITY, 2]),
        2,
        1,
        panels,
        c,
        0,
        activation,
      )
      // NaN times a weight of 0 is NaN as well.
      expect(blocks.get(c, 6)).toEqual([Number.NaN, Number.NaN, Number.NaN, Infinity, Number.NaN, Infinity])
    }
  })
})
