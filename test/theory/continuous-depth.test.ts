import { describe, expect, test } from 'vitest'
import { odeint } from '../../src/solve/odeint.ts'
import { dopri5, euler } from '../../src/tableaus/index.ts'
import type { Affine } from '../../src/theory/affine.ts'
import { approximate } from '../../src/theory/approximate.ts'
import { Dyadic } from '../../src/theory/dyadic.ts'
import type { RCNet } from '../../src/theory/rcnet.ts'
import { plainStart, plainStep } from '../../src/theory/rcnet-plain.ts'

const ZERO = Dyadic.of(0n)

/** g in exact arithmetic, from the public layers alone. */
function exactMap({ layers }: RCNet): (z: readonly Dyadic[]) => Dyadic[] {
  const apply = ({ W, b }: Affine, z: readonly Dyadic[]): Dyadic[] =>
    W.map((row, i) =>
      row.reduce(
        (sum, weight, j) => (weight === 0 ? sum : sum.plus((z[j] as Dyadic).times(Dyadic.from(weight)))),
        Dyadic.from(b[i] as number),
      ),
    )
  const relu = (z: Dyadic[]): Dyadic[] => z.map((value) => (value.compare(ZERO) < 0 ? ZERO : value))
  return (z) =>
    layers.reduce((z, layer, i) => (i < layers.length - 1 ? relu(apply(layer, z)) : apply(layer, z)), [...z])
}

const sine = ([x]: number[]): number => Math.sin(2 * Math.PI * (x as number))
const cone = ([x, y]: number[]): number => Math.abs((x as number) - 0.3) + Math.abs((y as number) - 0.6)

describe('a composition is Euler with step 1', () => {
  test.each([
    ['sin 2 pi x, r = 40', sine, { d: 1, r: 40, levels: 2 }],
    ['a cone, r = 25', cone, { d: 2, r: 25 }],
    ['a cone, r = 16, universal', cone, { d: 2, r: 16, form: 'universal' }],
    ['sin 2 pi x, r = 20, interpolating', sine, { d: 1, r: 20, form: 'interpolating' }],
    ['a cone, r = 16, smooth', cone, { d: 2, r: 16, form: 'smooth' }],
  ] as const)('exactly, for z -> z + h (g(z) - z) / delta with h = delta: %s', (_, f, options) => {
    const net = approximate(f, options)
    const g = exactMap(net)
    const x = ['341/1024', '5/8'].slice(0, net.d)
    const trace = net.trace(x)
    // delta cancels; a power of two keeps 1 / delta exact.
    for (const delta of [Dyadic.of(1n), Dyadic.of(1n, -3)]) {
      const perDelta = Dyadic.of(1n, -delta.exponent)
      let z = trace[0] as readonly Dyadic[]
      for (const next of trace.slice(1)) {
        const image = g(z)
        z = z.map((value, i) => value.plus(delta.times((image[i] as Dyadic).minus(value).times(perDelta))))
        expect(z.map(String)).toEqual(next.map(String))
      }
    }
  })

  test.each([
    [sine, { d: 1, r: 17 }],
    [cone, { d: 2, r: 16 }],
  ] as const)(
    'to the last bit, by the solver `euler` of this library, as far as doubles hold the tape',
    (f, options) => {
      const net = approximate(f, options)
      const step = plainStep(net.plan)
      const start = plainStart(net.plan, Float64Array.of(0.375, 0.8125).slice(0, net.d))
      const times = Array.from({ length: net.R + 1 }, (_, k) => k)
      const field = (_: number, z: ArrayLike<number>, dz: { [i: number]: number }): void => {
        for (const [i, value] of step(Float64Array.from(z)).entries()) dz[i] = value - (z[i] as number)
      }
      const { ys } = odeint(field, start, times, { solver: euler, dt: 1 })
      let z = start
      for (const y of ys.slice(1)) {
        z = step(z)
        expect([...y]).toEqual([...z])
      }
    },
  )
})

describe('the flow is not', () => {
  // g = 0: the composition is 0 from the first application on, the flow of (g - id) / delta over r delta never is.
  test.each([1, 1 / 4, 1 / 64])('for g = 0 it stays at e^-r, whatever delta = %d', (delta) => {
    const r = 5
    const options = { solver: dopri5, rtol: 1e-10, atol: 1e-13 }
    const { ys } = odeint((_, z) => [(0 - (z[0] as number)) / delta], [1], [0, r * delta], options)
    expect(ys[1]?.[0]).toBeCloseTo(Math.exp(-r), 9)
  })

  test('for sin 2 pi x at R = 6 it misses by more than the function is large', () => {
    const net = approximate(sine, { d: 1, r: 6 })
    const step = plainStep(net.plan)
    const start = plainStart(net.plan, Float64Array.of(0.9))
    const field = (_: number, z: ArrayLike<number>, dz: { [i: number]: number }): void => {
      for (const [i, value] of step(Float64Array.from(z)).entries()) dz[i] = value - (z[i] as number)
    }
    const { ys } = odeint(field, start, [0, net.R], { solver: dopri5, rtol: 1e-8, atol: 1e-8 })
    const s = ys[1]?.[net.registers.indexOf('s')] as number
    const flow = net.eps.toNumber() * (s + Number(net.aMin))
    expect(Math.abs(flow - net.evalPlain([0.9]))).toBeGreaterThan(1)
  })
})
