import { describe, expect, test } from 'vitest'
import { Compose } from '../../src/models/compose.ts'
import { Equilibrium, type EquilibriumOptions, implicitBlock } from '../../src/models/equilibrium.ts'
import { Affine } from '../../src/program/affine.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { failed, linear } from '../support/fixed-points.ts'
import { relative, scatter } from '../support/gradients.ts'

const f64 = { dtype: 'f64' } as const

describe('failure', () => {
  const slow = linear(3, 0.95)
  const u = scatter(12, 1)

  test('too few iterations: the row with the largest residual', () => {
    const model = new Equilibrium(slow, { maxIterations: 7, anderson: 0 })
    const error = failed(() => model.solve(u))
    expect(error).toMatchObject({ status: 'not converged', phase: 'forward', iterations: 7, component: -1 })
    const alone = [0, 1, 2, 3].map((i) => failed(() => model.solve(u.slice(3 * i, 3 * i + 3))).residual)
    expect(error.residual).toBe(Math.max(...alone))
    expect(error.row).toBe(alone.indexOf(error.residual))
    expect(error.message).toMatch(
      /^not converged: row \d has a residual of \S+ after 7 iterations, tol is 1e-12\. Raise /,
    )
    expect(`${error}`).toMatch(/^FixedPointError \(not converged\): row/)
    expect(error.z.length).toBe(12)
  })

  test('a map that is no contraction blows up: which component of which row', () => {
    const field = new Field(2, (p) => p.dense(p.state, 2, { bias: false, activation: 'relu' }), f64)
    field.parameters = [3, 0, 0, 0.5]
    const model = new Equilibrium(field, { anderson: 0 })
    expect(model.lipschitz()).toBeCloseTo(3, 5)
    const error = failed(() => model.forward([-1, 1, 1, 1]))
    expect(error).toMatchObject({ status: 'non-finite iterate', row: 1, component: 0 })
    expect(error.message).toContain('component 0 of row 1')
    // Rows that do converge, do.
    expect(relative(model.forward([-1, 1]), [-1, 2])).toBeLessThan(1e-11)
    expect(model.project()).toBeCloseTo(0.99, 12)
    expect(new Equilibrium(field).solve([1, 1]).residual).toBeLessThanOrEqual(1e-12)
  })

  test('a field that is not finite at once', () => {
    const field = new Field(2, (p) => p.activate(p.state, 'exp'), f64)
    expect(failed(() => new Equilibrium(field).forward([1, 800]))).toMatchObject({
      row: 0,
      component: 1,
      iterations: 1,
    })
  })
})

describe('misuse', () => {
  const field = new MLP([3, 3], f64)
  test.each<[string, () => unknown]>([
    ['layers', () => new Equilibrium(new Field(3, (p) => p.dense(p.state, 3), { layers: 2 }))],
    ['gamma', () => new Equilibrium(field, { gamma: 0 })],
    ['tol', () => new Equilibrium(field, { tol: 0 })],
    ['tol', () => new Equilibrium(field, { tol: 1e-16 })],
    ['tol', () => new Equilibrium(new MLP([3, 3]), { tol: 1e-9 })],
    ['maxIterations', () => new Equilibrium(field, { maxIterations: 0 })],
    ['anderson', () => new Equilibrium(field, { anderson: 17 })],
    ['anderson', () => new Equilibrium(field, { anderson: -1 })],
    ['readIn', () => new Equilibrium(field, { readIn: new Affine(2, 4, f64) })],
    ['readOut', () => new Equilibrium(field, { readOut: new Affine(4, 2, f64) })],
    ['dtype', () => new Equilibrium(field, { readIn: new Affine(2, 3) })],
    ['width', () => implicitBlock({ width: 0 })],
    ['gamma', () => implicitBlock({ width: 2, gamma: Number.NaN })],
    ['x', () => new Equilibrium(field).solve([1, 2])],
  ])('the message names %s', (name, make) => {
    expect(make).toThrow(name)
    expect(make).toThrow(RangeError)
  })

  test('is refused before anything is computed: a file of another kind, or with other options', () => {
    const bytes = new Equilibrium(field).save()
    expect(() => Compose.from(bytes)).toThrow('expected "compose"')
    expect(() => Equilibrium.from(new Compose(field).save())).toThrow('expected "equilibrium"')
    const text = new TextDecoder('latin1').decode(bytes)
    const changed = (from: string, to: string): Uint8Array => {
      expect(text).toContain(from)
      return Uint8Array.from(text.replace(from, to), (c) => c.charCodeAt(0))
    }
    for (const [from, to] of [
      ['gamma\\":1,', 'gamma\\":0,'],
      ['anderson\\":5', 'anderson\\":x'],
      ['tol\\":1e-12', 'tol\\":1e-22'],
      ['gamma\\"', 'gemma\\"'],
    ] as const) {
      expect(() => Equilibrium.from(changed(from, to))).toThrow(/options|JSON/)
    }
  })
})

test('comes back from its file', () => {
  const options: EquilibriumOptions = { gamma: 0.7, tol: 1e-9, maxIterations: 300, anderson: 3 }
  const around = { readIn: new Affine(2, 5, { ...f64, seed: 1 }), readOut: new Affine(5, 3, { ...f64, seed: 2 }) }
  const model = new Equilibrium(implicitBlock({ width: 5, ...f64 }), { ...options, ...around })
  const back = Equilibrium.from(model.save(new Map([['note', 'kept']])))
  expect(back).toMatchObject(options)
  const x = scatter(6, 8)
  expect(back.forward(x)).toEqual(model.forward(x))
})
