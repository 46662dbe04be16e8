import { describe, expect, test } from 'vitest'
import { Equilibrium } from '../../src/models/equilibrium.ts'
import { Field } from '../../src/program/field.ts'
import { andersonIterates } from '../support/anderson.ts'
import { failed, linear } from '../support/fixed-points.ts'
import { relative, scatter } from '../support/gradients.ts'
import { largestSingularValue } from '../support/linear.ts'

const f64 = { dtype: 'f64' } as const
const SIZES = [1, 3, 5, 17]

/** The iterate after `count` evaluations. */
const iterate = (field: Field, u: ArrayLike<number>, anderson: number, count: number): Float64Array =>
  failed(() => new Equilibrium(field, { anderson, maxIterations: count, tol: 1e-15 }).solve(Float64Array.from(u)))
    .z as Float64Array

describe('Anderson acceleration', () => {
  test.each([1, 2, 3, 5])('has the iterates of the textbook, memory %i', (memory) => {
    for (const width of [17, 33]) {
      const field = linear(width, 0.9, 3)
      const relu = new Field(width, (p) => p.activate(p.dense(p.state, width, { bias: false }), 'relu'), f64)
      relu.parameters = field.parameters
      const u = scatter(width, 2)
      for (const f of [field, relu]) {
        const wanted = andersonIterates((z) => [...f.forward(z)].map((v, i) => v + u[i]!), [...u], memory, 8)
        for (const [k, z] of wanted.entries()) expect(relative(iterate(f, u, memory, k + 1), z)).toBeLessThan(1e-8)
      }
    }
  })

  test('solves a linear equation in as many iterations as it has unknowns, and two', () => {
    for (const width of [1, 2, 3, 5, 8]) {
      const found = new Equilibrium(linear(width, 0.95), { anderson: 16, tol: 1e-10 }).solve(scatter(width, 3))
      expect(found.iterations).toBeLessThanOrEqual(width + 2)
    }
  })

  test('does not go round in circles where a contraction has kinks', () => {
    // Slopes 0.67, -0.76 and 0.93, kinks at -2 and 0: from 1.5 the secants alone come back to where they were, for ever.
    const field = new Field(
      1,
      (p) => {
        const kinks = p.dense(p.state, 2, { activation: 'relu' })
        return p.add(p.dense(p.state, 1, { bias: false }), p.dense(kinks, 1, { bias: false }))
      },
      f64,
    )
    field.parameters = [1, 1, 2, 0, 0.67, -1.43, 1.69]
    const secants = (z: number, count: number): number[] => {
      const g = (x: number) => (field.forward([x])[0] as number) + 1.5
      const visited = [z, g(z)]
      for (let k = 2; k < count; k++) {
        const [a, b] = [visited[k - 2] as number, visited[k - 1] as number]
        visited.push(b - ((g(b) - b) * (b - a)) / (g(b) - b - g(a) + a))
      }
      return visited
    }
    const last = secants(1.5, 1000).slice(-50)
    expect(Math.max(...last) - Math.min(...last)).toBeGreaterThan(0.1)
    expect(new Equilibrium(field, { anderson: 1 }).solve([1.5]).iterations).toBeLessThan(20)
  })

  // Norm 0.95, and eigenvalues up to that: a symmetric matrix is as slow as its norm.
  const symmetric = (width: number): Field => {
    const field = new Field(width, (p) => p.dense(p.state, width, { bias: false }), f64)
    const b = scatter(width * width, 1)
    const a = b.map((v, i) => v + b[(i % width) * width + Math.floor(i / width)]!)
    const norm = largestSingularValue(a, width, width)
    field.parameters = a.map((v) => (0.95 * v) / norm)
    return field
  }
  // A rotation, shrinking by 0.95: no single direction is the slow one.
  const rotation = new Field(2, (p) => p.dense(p.state, 2, { bias: false }), f64)
  rotation.parameters = [0.57, -0.76, 0.76, 0.57]

  test.each([
    ['a rotation', rotation, 0.02],
    ...([3, 5, 17, 64] as const).map((width) => [`width ${width}`, symmetric(width), 0.4] as const),
  ] as const)('takes far fewer iterations at 0.95: %s', (_, field, part) => {
    const u = scatter(field.dim, 1)
    const iterations = (anderson: number) => new Equilibrium(field, { anderson }).solve(u).iterations
    const plain = iterations(0)
    expect(plain).toBeGreaterThan(400)
    expect(iterations(5)).toBeLessThan(part * plain)
    expect(iterations(2)).toBeLessThan(plain)
  })

  test('never fails where the plain iteration converges, also across kinks', () => {
    let [plain, mixed] = [0, 0]
    for (let seed = 0; seed < 40; seed++) {
      const width = SIZES[seed % 4]! + 1
      const field = new Field(width, (p) => p.dense(p.state, width, { activation: 'relu' }), { ...f64, seed })
      const model = (anderson: number) => new Equilibrium(field, { anderson, gamma: 1, maxIterations: 5000 })
      field.parameters = field.parameters.map((p) => 4 * p)
      model(0).project()
      const u = scatter(width, seed)
      const z = model(0).forward(u)
      plain += model(0).solve(u).iterations
      for (const anderson of [1, 2, 3, 5, 8, 16]) {
        const found = model(anderson).solve(u)
        expect(relative(found.z, z)).toBeLessThan(1e-9)
        if (anderson === 5) mixed += found.iterations
      }
    }
    expect(mixed).toBeLessThan(plain / 2)
  })
})
