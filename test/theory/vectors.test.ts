import { describe, expect, test } from 'vitest'
import { approximate } from '../../src/theory/approximate.ts'
import { Dyadic } from '../../src/theory/dyadic.ts'
import type { Form } from '../../src/theory/machine.ts'
import { quantise } from '../../src/theory/quantise.ts'
import { RCNet } from '../../src/theory/rcnet.ts'
import { compile } from '../../src/theory/rcnet-compile.ts'
import { snake } from '../../src/theory/snake.ts'
// Written with the specification of this construction, before this code, by another implementation in exact fractions: from
// exact samples of |x - 1/3| and |x - 1/3| + |y - 2/3| / 2, and from doubles of sqrt and sin. Laid out anew, no value changed.
import vectors from './rcnet-vectors.json' with { type: 'json' }

type Vector = (typeof vectors)[number]

const formOf = ({ kind }: Vector): Form => (kind === 'interp' ? 'interpolating' : (kind as Form))

/** The network of a vector from its own levels: sin may differ in its last bit from engine to engine. */
function network(vector: Vector): RCNet {
  const { d, r, n, m, eps, amin, a } = vector
  const heights = Float64Array.from(a, (value) => value - amin)
  return new RCNet(
    compile({ form: formOf(vector), d, r, n, m }, { eps: Dyadic.from(eps), aMin: BigInt(amin), heights }),
  )
}

describe.each(vectors.map((vector) => ({ vector, name: `${vector.kind} ${vector.f}, r = ${vector.r}` })))(
  '$name',
  ({ vector }) => {
    const net = network(vector)

    test('numbers, digits and tape', () => {
      expect({ R: net.R, B: net.B, digits: [...net.digits] }).toEqual({
        R: vector.R,
        B: vector.B,
        digits: vector.digits,
      })
      expect(net.tape.equals(Dyadic.from(`${vector.tape_num}/${vector.tape_den}`))).toBe(true)
    })

    test('registers, weights and biases', () => {
      expect([net.registers, ...net.layers.map(({ names }) => names)]).toEqual([
        vector.state,
        vector.h1,
        vector.h2,
        vector.state,
      ])
      expect(net.layers.map(({ W, b }) => ({ W, b }))).toEqual(vector.layers)
    })

    test('outputs, as exact fractions and as doubles', () => {
      for (const { x, out, out_float } of vector.points) {
        const value = net.exact(x)
        expect(value.toString()).toBe(out)
        expect(value.toNumber()).toBe(out_float)
        expect(net.closedForm(x).toString()).toBe(out)
      }
    })

    test('traces', () => {
      for (const point of vector.points) {
        if (!('trace' in point) || point.trace === undefined) continue
        expect(net.trace(point.x).map((state) => state.map(String))).toEqual(point.trace)
      }
    })
  },
)

describe('the levels of the file, from f', () => {
  const of = (f: string, kind?: string): Vector =>
    vectors.find((v) => v.f === f && (kind ?? v.kind) === v.kind) as Vector
  const abs = (n: bigint): bigint => (n < 0n ? -n : n)

  test.each(['interp', 'universal'])('sqrt(x), %s: the square root is correctly rounded everywhere', (kind) => {
    const vector = of('sqrt(x)', kind)
    const net = approximate(([x]) => Math.sqrt(x as number), {
      d: vector.d,
      r: vector.r,
      levels: vector.m,
      form: formOf(vector),
    })
    expect(net.eps.toString()).toBe(vector.eps)
    expect(Array.from(net.heights, (height) => Number(net.aMin) + height)).toEqual(vector.a)
  })

  // 1/3 and 2/3 are no doubles: the samples are fractions over 12 n, at the nodes (nu + 1/2) / n.
  test.each([
    ['|x-1/3|', ([x]: bigint[], n: bigint) => abs(12n * (x as bigint) + 6n - 4n * n)],
    [
      '|x-1/3|+|y-2/3|/2',
      ([x, y]: bigint[], n: bigint) => abs(12n * (x as bigint) + 6n - 4n * n) + abs(6n * (y as bigint) + 3n - 4n * n),
    ],
  ] as const)('%s', (name, sample) => {
    const { d, n, m, eps, amin, a } = of(name)
    const path = Array.from(snake(n, d), BigInt)
    const samples = a.map((_, l) => sample(path.slice(l * d, (l + 1) * d), BigInt(n)))
    const levels = quantise(samples, BigInt(12 * n), m)
    expect(levels.eps.toString()).toBe(eps)
    expect(levels.aMin).toBe(BigInt(amin))
    expect(Array.from(levels.heights, (height) => amin + height)).toEqual(a)
  })
})
