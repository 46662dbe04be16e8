import { describe, expect, test } from 'vitest'
import { ACT_RELU, ACT_SILU, ACT_TANH } from '../../assembly/activations.ts'
import { Blocks } from '../support/blocks.ts'
import { scatter } from '../support/gradients.ts'
import { dtypes } from '../support/vectors.ts'

/** The double whose first four bytes are that integer. */
const asDouble = (i: number): number => new Float64Array(Int32Array.of(i, 0).buffer)[0] as number

const SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 17, 64, 65]

describe.each(dtypes)('f%i', (dtype) => {
  const blocks = new Blocks(dtype)
  const round = (x: number): number => blocks.round(x)
  const values = (n: number, seed: number): number[] => [...scatter(n, seed)].map(round)

  /** Runs a kernel of two inputs and an output, apart and in place; the inputs end in NaN, which must count for nothing. */
  function check(
    n: number,
    run: (x: number, y: number, z: number) => void,
    wanted: (x: number, y: number, z: number) => number,
  ): void {
    const [x, y, z] = [values(n, 1), values(n, 2), values(n, 3)]
    const expected = x.map((v, i) => wanted(v, y[i] as number, z[i] as number))
    const out = blocks.put(z)
    run(blocks.put(x, Number.NaN), blocks.put(y, Number.NaN), out)
    expect(blocks.get(out, n)).toEqual(expected)
    expect(blocks.overrun(out, n, true)).toEqual([])
    const own = blocks.put(x)
    const same = x.map((v, i) => wanted(v, y[i] as number, v))
    run(own, blocks.put(y), own)
    expect(blocks.get(own, n)).toEqual(same)
  }

  test.each(SIZES)('%i elements', (n) => {
    check(
      n,
      (x, y, z) => blocks.call('add', n, x, y, z),
      (x, y) => round(x + y),
    )
    check(
      n,
      (x, y, z) => blocks.call('mul', n, x, y, z),
      (x, y) => round(x * y),
    )
    check(
      n,
      (x, y, z) => blocks.call('mulAdd', n, x, y, z),
      (x, y, z) => blocks.madd(x, y, z),
    )
    check(
      n,
      (x, _, z) => blocks.call('scale', n, 0.3, x, z),
      (x) => round(round(0.3) * x),
    )
    check(
      n,
      (x, _, z) => blocks.call('axpy', n, -0.7, x, z),
      (x, _, z) => blocks.madd(round(-0.7), x, z),
    )
    check(
      n,
      (x, _, z) => blocks.call('activate', n, ACT_RELU, x, z),
      (x) => (x < 0 ? 0 : x),
    )
  })

  test('the transpose of an activation scales the cotangent', () => {
    for (const n of SIZES) {
      const [x, g] = [values(n, 1), values(n, 2)]
      const [relu, y] = [blocks.put(g), blocks.room(n)]
      blocks.call('activate', n, ACT_RELU, blocks.put(x), y)
      blocks.call('activateTranspose', n, ACT_RELU, y, y, relu)
      expect(blocks.get(relu, n)).toEqual(g.map((v, i) => ((x[i] as number) > 0 ? v : 0)))
      expect(blocks.overrun(relu, n, true)).toEqual([])
      for (const [id, slope] of [
        [ACT_TANH, (v: number) => 1 - Math.tanh(v) ** 2],
        [ACT_SILU, (v: number) => (1 + v * (1 - 1 / (1 + Math.exp(-v)))) / (1 + Math.exp(-v))],
      ] as const) {
        const [at, out, cotangent] = [blocks.put(x), blocks.room(n), blocks.put(g)]
        blocks.call('activate', n, id, at, out)
        blocks.call('activateTranspose', n, id, at, out, cotangent)
        for (const [i, got] of blocks.get(cotangent, n).entries()) {
          expect(Math.abs(got - (g[i] as number) * slope(x[i] as number))).toBeLessThan(dtype === 32 ? 3e-7 : 1e-15)
        }
      }
    }
  })

  test('behind a relu that was no number there is none', () => {
    const g = blocks.put([1, 2, 3])
    const y = blocks.put([Number.NaN, 0, 1])
    blocks.call('activateTranspose', 3, ACT_RELU, y, y, g)
    expect(blocks.get(g, 3)).toEqual([Number.NaN, 0, 3])
  })

  test('combine: y + h sum w k, zero weights skipped, the sum first', () => {
    for (const n of SIZES) {
      const weights = [0.3, 0, -1.7, 0.1].map(round)
      const stages = weights.map((_, j) => values(n, 10 + j))
      // The weight of this stage is 0: what it holds must not matter.
      stages[1]?.fill(Number.NaN)
      const table = blocks.integers(stages.map((stage) => blocks.put(stage, Number.NaN)))
      const y = values(n, 5)
      const wanted = (count: number, h: number): number[] =>
        y.map((start, i) => {
          let sum = 0
          for (let j = 0; j < count; j++) {
            if (weights[j] !== 0) sum = blocks.madd(weights[j] as number, stages[j]?.[i] as number, sum)
          }
          return blocks.madd(round(h), sum, start)
        })
      for (const count of [1, 2, 3, 4]) {
        const out = blocks.room(n)
        blocks.call('combine', n, count, blocks.put(y, Number.NaN), 0.37, blocks.put(weights), table, out)
        expect(blocks.get(out, n)).toEqual(wanted(count, 0.37))
        expect(blocks.overrun(out, n, true)).toEqual([])
        if (dtype === 32) continue
        const terms = weights.slice(0, count).flatMap((weight, j) => (weight === 0 ? [] : [weight, asDouble(4 * j)]))
        const first = blocks.doubles(terms)
        const sparse = blocks.room(n)
        const row = blocks.integers([first, first + 8 * terms.length])
        blocks.call('combineTerms', n, blocks.put(y, Number.NaN), 0.37, row, table, sparse)
        expect(blocks.get(sparse, n)).toEqual(wanted(count, 0.37))
        expect(blocks.overrun(sparse, n, true)).toEqual([])
      }
      const own = blocks.put(y)
      blocks.call('combine', n, 4, own, -2, blocks.put(weights), table, own)
      expect(blocks.get(own, n)).toEqual(wanted(4, -2))
    }
  })

  test('columns: copied or added, nothing beside them', () => {
    for (const rows of [1, 3, 5, 17]) {
      for (const [columns, from, wide] of [
        [1, 0, 1],
        [1, 2, 4],
        [3, 1, 5],
        [5, 0, 7],
        [17, 3, 20],
      ] as const) {
        const x = values(rows * wide, 1)
        const [slice, sum] = [blocks.room(rows * columns), blocks.put(values(rows * columns, 2))]
        const start = blocks.put(x) + (from * dtype) / 8
        blocks.call('copyColumns', rows, columns, start, wide, slice, columns)
        blocks.call('addColumns', rows, columns, start, wide, sum, columns)
        const picked = Array.from(
          { length: rows * columns },
          (_, at) => x[Math.floor(at / columns) * wide + from + (at % columns)] as number,
        )
        expect(blocks.get(slice, rows * columns)).toEqual(picked)
        expect(blocks.get(sum, rows * columns)).toEqual(
          values(rows * columns, 2).map((v, i) => round(v + (picked[i] as number))),
        )
        expect([...blocks.overrun(slice, rows * columns), ...blocks.overrun(sum, rows * columns)]).toEqual([])
        // And into the middle of a wider block.
        const target = blocks.put(x)
        blocks.call(
          'copyColumns',
          rows,
          columns,
          blocks.put(values(rows * columns, 3)),
          columns,
          target + (from * dtype) / 8,
          wide,
        )
        const replaced = x.map((v, at) => {
          const column = (at % wide) - from
          return column >= 0 && column < columns
            ? (values(rows * columns, 3)[Math.floor(at / wide) * columns + column] as number)
            : v
        })
        expect(blocks.get(target, rows * wide)).toEqual(replaced)
        expect(blocks.overrun(target, rows * wide)).toEqual([])
      }
    }
  })
})
