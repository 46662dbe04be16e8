import { describe, expect, test } from 'vitest'
import type { DenseOptions } from '../../src/program/builder.ts'
import { odeint } from '../../src/solve/odeint.ts'
import { rk4 } from '../../src/tableaus/index.ts'
import { approximate } from '../../src/theory/approximate.ts'
import { clockedField } from '../../src/theory/clocked.ts'
import type { RCNet } from '../../src/theory/rcnet.ts'

const sine = ([x]: number[]): number => Math.sin(2 * Math.PI * (x as number))
const cone = ([x, y]: number[]): number => Math.abs((x as number) - 0.3) + Math.abs((y as number) - 0.6)

function flow(net: RCNet, x: readonly number[]): number {
  const { field, initial, time, readOut } = clockedField(net)
  const { y } = odeint(field, initial(x), [0, time], { solver: rk4, dt: 1 / 250 })
  field.dispose()
  return readOut(y)
}

describe('the flow of the clocked field is the composition', () => {
  test.each([
    ['sin, R = 6', sine, { d: 1, r: 6 }],
    ['sin, R = 12', sine, { d: 1, r: 12 }],
    ['sin, R = 17', sine, { d: 1, r: 17 }],
    ['sin, R = 6, carrier', sine, { d: 1, r: 6, form: 'carrier' }],
    ['sin, R = 6, universal', sine, { d: 1, r: 6, form: 'universal' }],
    ['sin, R = 6, 2 levels, interpolating', sine, { d: 1, r: 6, levels: 2, form: 'interpolating' }],
    ['sin, R = 6, smooth', sine, { d: 1, r: 6, form: 'smooth' }],
    ['a cone, R = 9', cone, { d: 2, r: 9 }],
    ['a cone, R = 4, smooth', cone, { d: 2, r: 4, form: 'smooth' }],
  ] as const)('%s', (_, f, options) => {
    const net = approximate(f, options)
    for (const at of [0, 0.1, 0.375, 0.6, 1]) {
      const x = [at, 1 - at * at].slice(0, net.d)
      expect(Math.abs(flow(net, x) - net.exact(x).toNumber())).toBeLessThanOrEqual(1e-9)
    }
  })
})

test('a field of fixed size, of ReLUs, that does not know the time', () => {
  for (const r of [4, 12]) {
    const net = approximate(sine, { d: 1, r })
    const { field, time } = clockedField(net)
    expect([field.dim, field.dtype, time]).toEqual([2 * net.registers.length + 2, 'f64', 4 * r])
    expect(field.parameterCount).toBe(723)
    expect(field.calls.map(([method]) => method)).not.toContain('time')
    const layers = field.calls.filter(([method]) => method === 'dense').map((call) => call[3] as DenseOptions)
    for (const { activation } of layers) expect(['relu', 'identity']).toContain(activation)
    field.dispose()
  }
})

test('the copies hold each composition at its end, and the clock is back where it began', () => {
  const net = approximate(sine, { d: 1, r: 6 })
  const { field, initial } = clockedField(net)
  const times = Array.from({ length: net.R + 1 }, (_, k) => 4 * k)
  const { ys } = odeint(field, initial([0.3125]), times, { solver: rk4, dt: 1 / 250 })
  field.dispose()
  const N = net.registers.length
  for (const [k, state] of net.trace([0.3125]).entries()) {
    const y = ys[k] as Float64Array
    // The guard stands behind the tape: B^-(R + 1), one place further to the left after each composition.
    const guard = net.B ** (k - net.R - 1)
    for (const [i, value] of state.entries()) {
      const held = value.toNumber() + (net.registers[i] === 'b' ? guard : 0)
      expect(Math.abs((y[N + i] as number) - held)).toBeLessThanOrEqual(1e-9)
    }
    expect(y[2 * N]).toBeCloseTo(0, 9)
    expect(y[2 * N + 1]).toBeCloseTo(-3 / 4, 9)
  }
})

test('what is refused', () => {
  const net = approximate(sine, { d: 1, r: 18 })
  expect(() => clockedField(net)).toThrow(
    new RangeError('R must be < 18 for a clocked field at levels = 1, got 18: use a smaller r'),
  )
  const { field, initial } = clockedField(approximate(sine, { d: 1, r: 17 }))
  expect(() => initial([1.5])).toThrow(/^x\[0\] must be in \[0, 1\], got 1.5/)
  expect(() => initial([0, 0])).toThrow(new RangeError('x must hold 1 numbers, got 2'))
  field.dispose()
})
