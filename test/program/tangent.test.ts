import { describe, expect, test } from 'vitest'
import { hvp } from '../../src/adjoint/hvp.ts'
import { jvp } from '../../src/adjoint/jvp.ts'
import { vjp } from '../../src/adjoint/vjp.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { type Activation, activationIds, type Builder, type Register } from '../../src/program/builder.ts'
import { again, constants, divide, gather, scatter as scatterTo } from '../../src/program/cell-ops.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { inner as inner4, outer } from '../../src/program/row-ops.ts'
import { Tangents } from '../../src/program/tangent.ts'
import { euler } from '../../src/tableaus/index.ts'
import { differences, inner, relative, scatter } from '../support/gradients.ts'
import { arbitrary, interpret } from '../support/interpreter.ts'

const T = 0.37
const kinky: readonly Activation[] = ['relu', 'leaky_relu', 'elu']

/** One Euler step of length 1, y + f(T, y): its derivative against differences of the interpreter, in every direction at once. */
function check(dim: number, write: (p: Builder) => Register, smooth = true): void {
  using field = new Field(dim, write, { dtype: 'f64', seed: 3 })
  const model = new NeuralODE(field, { t: [T, T + 1], solver: euler, steps: 1 })
  for (const batch of [1, 3, 5]) {
    const [x, dx] = [scatter(batch * dim, 4), scatter(batch * dim, 5)]
    const parameters = field.parameters as Float64Array
    const dparams = scatter(parameters.length, 6)
    const dt = [0.6, -0.2]
    const [y, dy] = jvp(model, x, dx, { dparams, dt })
    expect(y).toEqual(model.forward(x))
    const g = scatter(y.length, 7)
    // Along the direction by h, in plain doubles: the time, the length of the step, state and parameters all move.
    const along = ([h]: Float64Array): number => {
      const t = T + (h as number) * (dt[0] as number)
      const length = 1 + (h as number) * ((dt[1] as number) - (dt[0] as number))
      const at = x.map((v, i) => v + (h as number) * (dx[i] as number))
      const p = parameters.map((v, i) => v + (h as number) * (dparams[i] as number))
      const rows = Array.from({ length: batch }, (_, i) =>
        interpret(field.calls, p, t, [...at.slice(i * dim, (i + 1) * dim)]),
      )
      return inner(
        g,
        at.map((v, i) => v + length * (rows.flat()[i] as number)),
      )
    }
    const [want] = differences(along, [0], smooth)
    expect(Math.abs(inner(g, dy) - (want as number)) / Math.max(1, Math.abs(want as number))).toBeLessThan(1e-8)
    const [, pullback] = vjp(model, x)
    const back = pullback(g)
    pullback.dispose()
    const again = inner(back.dx, dx) + inner(back.dparams, dparams) + inner(back.dt, dt)
    expect(Math.abs(inner(g, dy) - again) / Math.max(1, Math.abs(again))).toBeLessThan(1e-12)
    // And the reverse sweep over the derivative: the Hessian is symmetric.
    const [u, du] = [scatter(batch * dim, 8), scatter(parameters.length, 9)]
    const [h, k] = [hvp(model, x, g, { dx, dparams }), hvp(model, x, g, { dx: u, dparams: du })]
    const [there, swapped] = [inner(h.dx, u) + inner(h.dparams, du), inner(k.dx, dx) + inner(k.dparams, dparams)]
    expect(Math.abs(there - swapped) / Math.max(1, Math.abs(there))).toBeLessThan(1e-11)
  }
}

describe('the tangent of every op', () => {
  test.each(Object.keys(activationIds) as Activation[])('dense and activate: %s', (activation) => {
    const smooth = !kinky.includes(activation)
    check(3, (p) => p.dense(p.dense(p.state, 7, { activation }), 3, { activation }), smooth)
    check(3, (p) => p.dense(p.state, 3, { activation, bias: false }), smooth)
    check(3, (p) => p.activate(p.activate(p.dense(p.state, 3), activation), 'tanh'), smooth)
  })

  test.each<[string, number, (p: Builder) => Register]>([
    ['add', 3, (p) => p.add(p.state, p.dense(p.state, 3))],
    ['mul: a square', 3, (p) => p.mul(p.state, p.state)],
    ['scale', 3, (p) => p.scale(p.mul(p.state, p.state), -2.5)],
    ['concat with what does not move', 2, (p) => p.dense(p.concat(p.time(), p.state), 2, { activation: 'sin' })],
    ['slice', 5, (p) => p.dense(p.mul(p.slice(p.state, 1, 3), p.slice(p.state, 2, 3)), 5)],
    ['gather', 3, (p) => gather(p, p.mul(p.state, p.state), [2, 0, 2])],
    ['scatter', 3, (p) => scatterTo(p, p.mul(p.state, p.state), [2, 0, 2], 3)],
    ['inner', 4, (p) => p.dense(inner4(p, p.activate(p.state, 'tanh'), p.state), 4)],
    ['inner with what does not move', 4, (p) => p.dense(inner4(p, p.dense(p.time(), 4), p.mul(p.state, p.state)), 4)],
    ['outer', 4, (p) => outer(p, p.slice(p.state, 2, 1), p.activate(p.state, 'tanh'))],
    [
      'outer with what does not move',
      4,
      (p) => p.add(outer(p, p.time(), p.state), outer(p, p.dense(p.state, 1), p.dense(p.time(), 4))),
    ],
    ['divide', 3, (p) => divide(p, p.dense(p.state, 3), p.activate(p.state, 'exp'))],
    ['divide what does not move', 1, (p) => divide(p, p.activate(p.time(), 'exp'), p.activate(p.state, 'exp'))],
    ['divide by what does not move', 1, (p) => divide(p, p.state, p.activate(p.time(), 'exp'))],
    ['a layer again', 3, (p) => again(p, p.activate(p.dense(p.state, 3, { name: 'f' }), 'tanh'), 'f')],
    ['constants', 3, (p) => p.mul(constants(p, 3, { activation: 'softplus' }), p.state)],
    ['time alone', 1, (p) => p.mul(p.time(), p.time())],
    ['nothing that moves but time', 1, (p) => p.time()],
    ['the identity', 4, (p) => p.state],
  ])('%s', (_, dim, write) => check(dim, write))

  test.each(Array.from({ length: 60 }, (_, seed) => seed))('arbitrary program %i', (seed) => {
    const dim = 1 + (seed % 4)
    check(dim, (p) => arbitrary(p, 3 + (seed % 9), seed))
  })
})

describe('derivatives inside a field', () => {
  /** dz/dt = trace(df/dy) beside dy/dt = f(y): what a continuous normalizing flow integrates, d tangents of one program. */
  const traced = (block: MLP): Field =>
    new Field(
      block.dim + 1,
      (p) => {
        p.parameters.push(...block.specs)
        const tangents = new Tangents(p, block, p.slice(p.state, 0, block.dim))
        const one = p.activate(p.scale(p.time(), 0), 'exp')
        const zero = p.scale(one, 0)
        let trace = zero
        for (let i = 0; i < block.dim; i++) {
          let unit: Register | undefined
          for (let j = 0; j < block.dim; j++) unit = unit ? p.concat(unit, i === j ? one : zero) : i === j ? one : zero
          trace = p.add(trace, p.slice(tangents.along(unit) as Register, i, 1))
        }
        return p.concat(tangents.value, trace)
      },
      { dtype: 'f64' },
    )

  /** The trace by differences of the plain block, five points. */
  function trace(block: MLP, y: Float64Array): number {
    const row = (i: number): number => differences((at) => block.forward(at)[i] as number, y)[i] as number
    return y.reduce((sum, _, i) => sum + row(i), 0)
  }

  test.each(['tanh', 'softplus', 'gelu', 'silu'] as const)(
    'an exact trace, and its gradient to the parameters: %s',
    (activation) => {
      using block = new MLP([3, 8, 3], { activation, dtype: 'f64', seed: 4 })
      using field = traced(block)
      field.parameters = block.parameters
      const y = scatter(3, 1)
      const [out] = [...field.forward([...y, 0])].slice(-1)
      expect(out).toBeCloseTo(trace(block, y), 8)
      // One step of length 1 from z = 0 ends with z = trace.
      const model = new NeuralODE(field, { solver: euler, steps: 1 })
      const [, pullback] = vjp(model, [...y, 0])
      const { dx, dparams } = pullback([0, 0, 0, 1])
      pullback.dispose()
      expect(
        relative(
          dx.subarray(0, 3),
          differences((at) => field.forward([...at, 0])[3] as number, y),
        ),
      ).toBeLessThan(1e-8)
      const parameters = field.parameters as Float64Array
      const byParameters = differences((p) => {
        field.parameters = p
        return field.forward([...y, 0])[3] as number
      }, parameters)
      field.parameters = parameters
      expect(relative(dparams, byParameters)).toBeLessThan(1e-8)
    },
  )

  test('can be differentiated forwards once more, and not twice', () => {
    using block = new MLP([2, 5, 2], { activation: 'gelu', dtype: 'f64', seed: 4 })
    using field = traced(block)
    const model = new NeuralODE(field, { solver: euler, steps: 1 })
    const [x, dx] = [scatter(3, 1), scatter(3, 2)]
    const g = scatter(3, 3)
    const [, dy] = jvp(model, x, dx)
    const [, pullback] = vjp(model, x)
    expect(inner(g, dy)).toBeCloseTo(inner(pullback(g).dx, dx), 12)
    pullback.dispose()
    expect(() => hvp(model, x, g, { dx })).toThrow(/third derivatives/)
  })
})
