// A Rosenbrock method at times at which the field jumps: its derivatives see the side of the step, as the field does.

import { describe, expect, test } from 'vitest'
import type { FieldFunction } from '../../src/solve/host-field.ts'
import { type OdeintOptions, odeint } from '../../src/solve/odeint.ts'
import { rodas4 } from '../../src/tableaus/rodas4.ts'

const LAST_BEFORE_1 = 1 - Number.EPSILON / 2
const FIRST_AFTER_1 = 1 + Number.EPSILON

describe.each([1, -1])('direction %d', (sign) => {
  // y' = t - 50 y up to 1, then 2 t - 80 y: the derivatives by y and by t jump with the field.
  const early = (t: number): boolean => sign * t < 1
  const field: FieldFunction = (t, [y]) => [
    sign * (early(t) ? sign * t - 50 * (y as number) : 2 * sign * t - 80 * (y as number)),
  ]

  /** The solution of y' = a t - k y from y at t, in positive time. */
  const exact = (a: number, k: number, y: number, from: number, t: number): number => {
    const slow = (s: number): number => (a * s) / k - a / k ** 2
    return slow(t) + (y - slow(from)) * Math.exp(-k * (t - from))
  }
  const wanted = exact(2, 80, exact(1, 50, 1, 0, 1), 1, 1.5)

  test.each<OdeintOptions>([{}, { dt: 0.0625 }, { steps: 25 }])('jac and dfdt', (way) => {
    for (const y0 of [[1], Float32Array.of(1)]) {
      const seen = { jac: [] as number[], dfdt: [] as number[] }
      const jac: OdeintOptions['jac'] = (t, _, J) => {
        seen.jac.push(sign * t)
        J[0] = sign * (early(t) ? -50 : -80)
      }
      const dfdt: OdeintOptions['dfdt'] = (t, _, rate) => {
        seen.dfdt.push(sign * t)
        rate[0] = early(t) ? 1 : 2
      }
      const options = { solver: rodas4, rtol: 1e-7, atol: 1e-7, ...way, discontinuities: [sign] }
      const { y, stats } = odeint(field, y0, [0, sign * 1.5], { ...options, jac, dfdt })
      for (const times of [seen.jac, seen.dfdt]) {
        expect(times).toHaveLength(stats.njev)
        expect(times).not.toContain(1)
        expect(times).toContain(FIRST_AFTER_1)
        expect(times).toEqual([...times].sort((a, b) => a - b))
        expect(times.filter((t) => t < 1).every((t) => t <= LAST_BEFORE_1)).toBe(true)
      }
      const bound = way.dt || way.steps ? 1e-5 : 1e-6
      expect(Math.abs((y[0] as number) - wanted)).toBeLessThan(bound)
    }
  })

  test('differences do not reach over it', () => {
    const times: number[] = []
    const watched: FieldFunction = (t, y, dy) => {
      times.push(sign * t)
      return field(t, y, dy)
    }
    const options = { solver: rodas4, rtol: 1e-7, atol: 1e-7, discontinuities: [sign] }
    const { y } = odeint(watched, [1], [0, sign * 1.5], options)
    expect(times).not.toContain(1)
    const jump = times.findIndex((t) => t > 1)
    expect(Math.max(...times.slice(0, jump))).toBe(LAST_BEFORE_1)
    expect(Math.min(...times.slice(jump))).toBe(FIRST_AFTER_1)
    expect(Math.abs((y[0] as number) - wanted)).toBeLessThan(1e-6)
  })
})
