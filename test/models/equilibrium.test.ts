import { describe, expect, test } from 'vitest'
import { Compose } from '../../src/models/compose.ts'
import { Equilibrium, implicitBlock } from '../../src/models/equilibrium.ts'
import { Affine } from '../../src/program/affine.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { odeint } from '../../src/solve/odeint.ts'
import { failed, linear } from '../support/fixed-points.ts'
import { inner, relative, scatter } from '../support/gradients.ts'
import { solveLinear } from '../support/linear.ts'

const f64 = { dtype: 'f64' } as const
const SIZES = [1, 3, 5, 17]

/** A z for the one weight matrix of a field, by hand. */
function product(field: Field, z: ArrayLike<number>): number[] {
  const a = field.parameters
  const n = field.dim
  return Array.from({ length: n }, (_, i) => Array.from(z).reduce((sum, v, j) => sum + (a[i * n + j] as number) * v, 0))
}

const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.sqrt(Array.from(a).reduce((sum, v, i) => sum + (v - (b[i] as number)) ** 2, 0))

describe('the equilibrium', () => {
  test.each(SIZES)('of a linear map is (I - gamma A)^-1 u, width %i', (width) => {
    for (const anderson of [0, 5]) {
      const field = linear(width, 0.9)
      const model = new Equilibrium(field, { gamma: 0.8, anderson, tol: 1e-15 })
      const u = scatter(width, 2)
      const matrix = field.parameters.map((a, i) => (i % (width + 1) === 0 ? 1 : 0) - 0.8 * a)
      expect(relative(model.forward(u), solveLinear(matrix, u))).toBeLessThanOrEqual(1e-13)
    }
  })

  test.each(SIZES)('is where z = gamma relu(A z) + phi(x), and the residual is what it says, width %i', (width) => {
    const readIn = new Affine(2, width, { ...f64, activation: 'relu', seed: 3 })
    const field = implicitBlock({ width, ...f64, seed: 5 })
    const model = new Equilibrium(field, { readIn, gamma: 0.9, tol: 1e-9 })
    const x = scatter(10, 6)
    const { z, rows, residual, iterations } = model.solve(x)
    const u = readIn.forward(x)
    for (const [i, row] of rows.entries()) {
      const own = z.subarray(i * width, (i + 1) * width)
      const ui = u.subarray(i * width, (i + 1) * width)
      const g = product(field, own).map((v, j) => (0.9 * 0.4 * Math.max(0, v)) / Math.sqrt(width) + ui[j]!)
      const size = Math.sqrt(Math.max(inner(g, g), inner(ui, ui)))
      expect(row.residual).toBeLessThanOrEqual(1e-9)
      expect(Math.abs(row.residual * size - distance(g, own))).toBeLessThan(1e-15 * size + 1e-300)
    }
    expect(residual).toBe(Math.max(...rows.map((row) => row.residual)))
    expect(iterations).toBe(Math.max(...rows.map((row) => row.iterations)))
    expect(model.forward(x)).toEqual(z)
  })

  test('is where dz/dt = -z + g(z) + u comes to rest', () => {
    const field = implicitBlock({ width: 17, ...f64, seed: 2 })
    const u = scatter(17, 1)
    const rest = odeint(
      (_, z, dz) => {
        const az = product(field, z)
        for (let i = 0; i < 17; i++) dz[i] = -z[i]! + (0.4 * Math.max(0, az[i]!)) / Math.sqrt(17) + u[i]!
      },
      u,
      [0, 200],
      { rtol: 1e-12, atol: 1e-12 },
    )
    expect(relative(new Equilibrium(field).forward(u), rest.y)).toBeLessThanOrEqual(1e-9)
  })

  test('is the limit of the plain composition, whose iterates the plain iteration has bit for bit', () => {
    const width = 5
    const field = implicitBlock({ width, ...f64, seed: 2 })
    // The same block with its injection in the state: [z | u] -> [g(z) + u | u].
    const step = new Field(
      2 * width,
      (p) => {
        const [z, u] = [p.slice(p.state, 0, width), p.slice(p.state, width, width)]
        const g = p.scale(p.dense(z, width, { bias: false, activation: 'relu' }), 0.4 / Math.sqrt(width))
        return p.concat(p.add(g, u), u)
      },
      f64,
    )
    step.parameters = field.parameters
    const u = scatter(width, 1)
    const z = new Equilibrium(field, { tol: 1e-15 }).forward(u)
    const q = new Equilibrium(field).lipschitz()
    const composed = (times: number): Float64Array =>
      new Compose(step, { times }).forward([...u, ...u]).subarray(0, width) as Float64Array
    const first = distance(composed(1), u)
    for (const times of [1, 2, 4, 8, 16]) {
      const { z: iterate } = failed(() =>
        new Equilibrium(field, { anderson: 0, maxIterations: times, tol: 1e-15 }).solve(u),
      )
      expect(iterate).toEqual(composed(times))
      // The contraction's bound.
      expect(distance(iterate, z)).toBeLessThanOrEqual((q ** times / (1 - q)) * first)
    }
    expect(relative(composed(200), z)).toBeLessThanOrEqual(1e-14)
  })

  test('with read-in and read-out', () => {
    const [readIn, readOut] = [new Affine(2, 5, { ...f64, seed: 1 }), new Affine(5, 3, { ...f64, seed: 2 })]
    const model = new Equilibrium(new MLP([5, 7, 5], { ...f64, seed: 3 }), { readIn, readOut, gamma: 0.5 })
    const x = scatter(6, 1)
    expect([model.inputs, model.outputs]).toEqual([2, 3])
    expect(model.forward(x)).toEqual(readOut.forward(model.solve(x).z))
  })

  test('of no rows, and of an input of zeros', () => {
    const model = new Equilibrium(implicitBlock({ width: 3 }))
    expect(model.forward([])).toEqual(new Float32Array(0))
    expect(model.solve([])).toEqual({ z: new Float32Array(0), iterations: 0, residual: 0, rows: [] })
    const zeros = model.solve([0, 0, 0])
    expect(zeros).toEqual({
      z: new Float32Array(3),
      iterations: 1,
      residual: 0,
      rows: [{ iterations: 1, residual: 0 }],
    })
  })
})

describe.each(['f32', 'f64'] as const)('%s', (dtype) => {
  const states = (n: number, seed: number) => (dtype === 'f32' ? Float32Array.from(scatter(n, seed)) : scatter(n, seed))

  test.each(SIZES)("a row's bits do not depend on its neighbours, width %i", (width) => {
    const model = new Equilibrium(implicitBlock({ width, dtype, seed: 4 }), { gamma: 1.1 })
    const x = states(17 * width, 3)
    const together = model.solve(x)
    expect(model.solve(x)).toEqual(together)
    expect(new Set(together.rows.map(({ iterations }) => iterations)).size).toBeGreaterThan(width > 1 ? 1 : 0)
    for (let i = 0; i < 17; i++) {
      const alone = model.solve(x.slice(i * width, (i + 1) * width))
      expect(alone.z).toEqual(together.z.slice(i * width, (i + 1) * width))
      expect(alone.rows).toEqual([together.rows[i]])
    }
  })

  test('tolerances near rounding are reached at the edge of a contraction, whatever is mixed in', () => {
    for (const width of [...SIZES, 64]) {
      // Positive, so that no unit is cut off and the map is as slow as its norm.
      const field = new Field(width, (p) => p.dense(p.state, width, { bias: false, activation: 'relu' }), { dtype })
      field.parameters = states(width * width, 7).map((v) => Math.abs(v))
      const tol = dtype === 'f32' ? 1e-6 : 1e-14
      const model = (anderson: number) => new Equilibrium(field, { anderson, tol, maxIterations: 10_000 })
      expect(model(0).project()).toBeLessThanOrEqual(0.99)
      const u = states(3 * width, 1).map((v) => Math.abs(v) + 1)
      for (const anderson of [0, 1, 2, 5, 16]) {
        const { z, residual } = model(anderson).solve(u)
        expect(residual).toBeLessThanOrEqual(tol)
        expect(z.every(Number.isFinite)).toBe(true)
      }
    }
  })
})
