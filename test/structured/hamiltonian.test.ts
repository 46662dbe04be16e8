import { describe, expect, test } from 'vitest'
import { backsolve } from '../../src/adjoint/backsolve.ts'
import { vjp } from '../../src/adjoint/vjp.ts'
import { FormatError } from '../../src/io/safetensors.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { Block } from '../../src/program/block.ts'
import { MLP } from '../../src/program/mlp.ts'
import { HamiltonianODE } from '../../src/structured/hamiltonian.ts'
import { Leapfrog } from '../../src/structured/leapfrog.ts'
import { secondOrder } from '../../src/structured/second-order.ts'
import { rk4 } from '../../src/tableaus/rk4.ts'
import { fit } from '../../src/train/fit.ts'
import { adam } from '../../src/train/optimizers.ts'
import { at, differences, inner, relative, scatter } from '../support/gradients.ts'

const f64 = { dtype: 'f64' } as const
const network = (
  inputs: number,
  dtype: 'f32' | 'f64' = 'f64',
  activation: 'tanh' | 'silu' | 'softplus' = 'tanh',
): Block =>
  new Block(inputs, 1, (p) => p.dense(p.dense(p.dense(p.state, 6, { activation }), 5, { activation }), 1), {
    dtype,
    seed: 4,
  })

describe.each([2, 4, 6])('a Hamiltonian of %d components', (inputs) => {
  const half = inputs / 2

  test.each(['tanh', 'silu', 'softplus'] as const)('the field is its gradient, turned: %s', (activation) => {
    const H = network(inputs, 'f64', activation)
    const model = new HamiltonianODE(H)
    const y = scatter(inputs, 3)
    const slope = differences((state) => H.forward(state)[0] as number, y)
    const wanted = [...slope.slice(half), ...slope.slice(0, half).map((value) => -value)]
    expect(relative(model.field.forward(y), wanted)).toBeLessThan(1e-9)
  })

  test.each([1, 3, 5, 17])('gradients are those of differences, %d rows', (rows) => {
    const model = new HamiltonianODE(network(inputs), { solver: rk4, steps: 3, t: [0, 1] })
    const x = scatter(rows * inputs, rows)
    const [y, pullback] = vjp(model, x)
    const w = scatter(y.length, 9)
    const { dx, dparams } = pullback(w)
    const value = (input: ArrayLike<number> = x): number => inner(model.forward(Float64Array.from(input)), w)
    expect(relative(dx, differences(value, x))).toBeLessThan(1e-8)
    const wanted = differences((parameters) => at(model.field, parameters, value), model.field.parameters)
    expect(relative(dparams, wanted)).toBeLessThan(1e-8)
    pullback.dispose()
  })

  test('its energy is kept as far as the solver is exact', () => {
    const x = scatter(inputs, 5)
    const drift = [1e-4, 1e-10].map((tolerance) => {
      const model = new HamiltonianODE(network(inputs), { t: [0, 10], rtol: tolerance, atol: tolerance })
      const [before] = model.energy(x)
      return Math.abs((model.energy(model.forward(x))[0] as number) - (before as number))
    }) as [number, number]
    expect(drift[1]).toBeLessThan(1e-8)
    expect(drift[1]).toBeLessThan(drift[0])
  })
})

test('single precision', () => {
  const [wide, single] = (['f64', 'f32'] as const).map((dtype) => {
    const model = new HamiltonianODE(network(4, dtype), { solver: rk4, steps: 3 })
    const x = dtype === 'f32' ? Float32Array.from(scatter(12)) : scatter(12)
    const [, pullback] = vjp(model, x)
    return pullback(scatter(12, 2)).dparams
  })
  expect(relative(single ?? [], wide ?? [])).toBeLessThan(1e-4)
})

test('a kinetic energy and a potential: the leapfrog goes the same way', () => {
  // H = p^2 / 2 - cos q
  const H = new Block(
    2,
    1,
    (p) => {
      const q = p.dense(p.slice(p.state, 0, 1), 1, { activation: 'sin', name: 'a' })
      const momentum = p.slice(p.state, 1, 1)
      return p.add(p.scale(p.mul(momentum, momentum), 0.5), p.scale(q, -1))
    },
    f64,
  )
  H.parameters = [1, Math.PI / 2]
  const V = new Block(1, 1, (p) => p.scale(p.dense(p.state, 1, { activation: 'sin', name: 'a' }), -1), f64)
  V.parameters = [1, Math.PI / 2]
  const exact = new HamiltonianODE(H, { t: [0, 5], rtol: 1e-11, atol: 1e-11 })
  const x = [1, 0.2, -0.3, 0.4]
  const steps = new Leapfrog({ potential: V, t: [0, 5], dt: 0.01, order: 4 })
  expect(relative(steps.forward(x), exact.forward(x))).toBeLessThan(1e-6)
  const second = new NeuralODE(
    secondOrder(1, (p, q) => p.scale(p.activate(q, 'sin'), -1), f64),
    { t: [0, 5], rtol: 1e-11, atol: 1e-11 },
  )
  expect(relative(second.forward(x), exact.forward(x))).toBeLessThan(1e-9)
})

/** Rotations seen at four times, learned by a Hamiltonian. */
function trained(): { model: HamiltonianODE; losses: number[] } {
  const t = [0, 0.4, 0.8, 1.2]
  const x = scatter(24, 1)
  const y = t.flatMap((time) =>
    Array.from({ length: 12 }, (_, i) => {
      const [q, p] = [x[2 * i] as number, x[2 * i + 1] as number]
      return [Math.cos(time) * q + Math.sin(time) * p, Math.cos(time) * p - Math.sin(time) * q]
    }).flat(),
  )
  const model = new HamiltonianODE(network(2), { t, rtol: 1e-5, atol: 1e-5 })
  const losses = Array.from(fit(model, { x, y }, { optimizer: adam({ lr: 0.02 }), epochs: 150 }), ({ loss }) => loss)
  return { model, losses }
}

test('it learns, to the same bits again, and its file follows', () => {
  const [first, second] = [trained(), trained()]
  expect(first.losses).toEqual(second.losses)
  expect(first.losses.at(-1)).toBeLessThan((first.losses[0] as number) / 300)
  const { model } = first
  const x = scatter(6, 4)
  const bytes = model.save()
  const read = HamiltonianODE.from(bytes)
  expect(read).toBeInstanceOf(HamiltonianODE)
  expect(read.forward(x)).toEqual(model.forward(x))
  expect(read.energy(x)).toEqual(model.energy(x))
  expect(read.save()).toEqual(bytes)
  // Along the learned flow the learned energy stays.
  const [before, after] = [model.energy(x), model.energy(model.forward(x).subarray(18))]
  expect(relative(after, before)).toBeLessThan(1e-3)
  expect(() => NeuralODE.from(bytes)).toThrow(FormatError)
  expect(() => HamiltonianODE.from(new NeuralODE(new MLP([2, 2])).save())).toThrow(FormatError)
})

test('a file with another adjoint takes its maker', () => {
  const model = new HamiltonianODE(network(2), { adjoint: backsolve({ rtol: 1e-8 }) })
  expect(HamiltonianODE.from(model.save(), backsolve).adjoint.kind).toBe('backsolve')
})

describe('second order', () => {
  test('a damped oscillator', () => {
    const field = secondOrder(1, (p, q, v) => p.add(p.scale(q, -1.25), p.scale(v, -1)), f64)
    const [q, v] = new NeuralODE(field, { t: [0, 2], rtol: 1e-11, atol: 1e-11 }).forward([1, 0])
    // q = e^(-t/2) (cos t + sin(t)/2)
    const e = Math.exp(-1)
    expect(q).toBeCloseTo(e * (Math.cos(2) + Math.sin(2) / 2), 9)
    expect(v).toBeCloseTo(-1.25 * e * Math.sin(2), 9)
  })

  test('a network has the gradient of differences, and a file', () => {
    const field = secondOrder(2, (p, q, v) => p.dense(p.dense(p.concat(q, v), 5, { activation: 'tanh' }), 2), f64)
    const model = new NeuralODE(field, { solver: rk4, steps: 4 })
    const x = scatter(12)
    const [y, pullback] = vjp(model, x)
    const w = scatter(y.length, 2)
    const { dparams } = pullback(w)
    const value = (): number => inner(model.forward(x), w)
    const wanted = differences((parameters) => at(field, parameters, value), field.parameters)
    expect(relative(dparams, wanted)).toBeLessThan(1e-9)
    expect(NeuralODE.from(model.save()).forward(x)).toEqual(y)
  })
})

describe('misuse', () => {
  test.each<[() => unknown, string]>([
    [() => new HamiltonianODE(network(3)), 'hamiltonian must read [q | p], as many of both, got 3 components'],
    [() => new HamiltonianODE(new MLP([2, 2])), 'hamiltonian must map a state to one number, got 2'],
    [() => new HamiltonianODE({} as Block), 'hamiltonian must be a block from a state to one number'],
    [() => secondOrder(0, (p) => p.state), 'dim must be an integer from 1 to 32768, got 0'],
    [() => secondOrder(2, (p, q) => p.slice(q, 0, 1)), 'the acceleration must have width 2, as q has, got 1'],
  ])('%#', (call, message) => expect(call).toThrow(message))
})
