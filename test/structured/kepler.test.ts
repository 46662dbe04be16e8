// The two-body problem, whose orbits are known: Hairer, Lubich, Wanner, Geometric Numerical Integration, section I.2.
import { expect, test } from 'vitest'
import type { Register } from '../../src/program/builder.ts'
import { Field } from '../../src/program/field.ts'
import { Leapfrog } from '../../src/structured/leapfrog.ts'

/**
 * -q / |q|^3 of two components, by products alone: u = 1/|q| is where u <- u (3 - |q|^2 u^2) / 2 rests (Newton), from u = 1/2 for
 * distances up to 2.
 */
const kepler = (): Field =>
  new Field(
    2,
    (p) => {
      const squares = p.mul(p.state, p.state)
      const square = p.add(p.slice(squares, 0, 1), p.slice(squares, 1, 1))
      const one = p.activate(p.scale(p.time(), 0), 'exp')
      let u: Register = p.scale(one, 0.5)
      for (let i = 0; i < 12; i++) {
        const product = p.mul(square, p.mul(u, u))
        u = p.scale(p.mul(u, p.add(p.scale(one, 3), p.scale(product, -1))), 0.5)
      }
      const cube = p.mul(u, p.mul(u, u))
      return p.scale(p.mul(p.state, p.concat(cube, cube)), -1)
    },
    { dtype: 'f64' },
  )

const E = 0.4
/** At the perihelion of an ellipse of major axis 2 and eccentricity E: period 2 pi, energy -1/2, angular momentum sqrt(1 - E^2). */
const START = [1 - E, 0, 0, Math.sqrt((1 + E) / (1 - E))]

type State = [number, number, number, number]
const energy = ([x, y, u, v]: State): number => (u * u + v * v) / 2 - 1 / Math.hypot(x, y)
const momentum = ([x, y, u, v]: State): number => x * v - y * u

test.each([2, 4] as const)('a planet is back after a year, to order %d', (order) => {
  const errors = [500, 1000].map((n) => {
    const model = new Leapfrog({ force: kepler(), t: [0, 2 * Math.PI], dt: (2 * Math.PI) / n, order })
    return Math.hypot(...Array.from(model.forward(START), (value, i) => value - (START[i] as number)))
  }) as [number, number]
  expect(errors[1]).toBeLessThan(order === 2 ? 2e-3 : 1e-6)
  expect(Math.log2(errors[0] / errors[1])).toBeCloseTo(order, 0)
})

test('halfway it is at the aphelion', () => {
  const [x, y] = new Leapfrog({ force: kepler(), t: [0, Math.PI], dt: 0.005, order: 4 }).forward(START)
  expect(x).toBeCloseTo(-(1 + E), 7)
  expect(y).toBeCloseTo(0, 7)
})

test('in a hundred years energy does not drift, and angular momentum is kept to rounding', () => {
  const years = Float64Array.from({ length: 101 }, (_, i) => 2 * Math.PI * i)
  const all = new Leapfrog({ force: kepler(), t: years, dt: 0.05 }).forward(START)
  const states = Array.from(years, (_, i) => [...all.subarray(4 * i, 4 * i + 4)] as State)
  const off = states.map((state) => Math.abs(energy(state) + 0.5))
  const [early, late] = [off.slice(1, 51), off.slice(51)].map((part) => Math.max(...part)) as [number, number]
  expect(early).toBeGreaterThan(1e-6)
  expect(early).toBeLessThan(5e-3)
  expect(late).toBeLessThan(1.5 * early)
  for (const state of states) expect(Math.abs(momentum(state) - Math.sqrt(1 - E * E))).toBeLessThan(1e-11)
})
