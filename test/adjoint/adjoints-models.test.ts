// The adjoints of relode/adjoints in every model that takes steps.
import { describe, expect, test } from 'vitest'
import { backsolve, reversible } from '../../src/adjoint/index.ts'
import type { Model } from '../../src/adjoint/model.ts'
import { vjp } from '../../src/adjoint/vjp.ts'
import { SolveError } from '../../src/core/errors.ts'
import { Compose } from '../../src/models/compose.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { ResNet } from '../../src/models/resnet.ts'
import { Affine } from '../../src/program/affine.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { dopri5, dopri8, euler, rk4, rodas4 } from '../../src/tableaus/index.ts'
import { fit } from '../../src/train/fit.ts'
import { adam } from '../../src/train/optimizers.ts'
import { gradient, network } from '../support/compare.ts'
import { at, differences, inner, relative, scatter } from '../support/gradients.ts'

const adjoints = [
  ['reversible', reversible()],
  ['backsolve', backsolve()],
] as const
const precise = { solver: dopri5, rtol: 1e-11, atol: 1e-11 }

/** dparams of all blocks against differences. */
function compareParameters(
  model: Model & { forward(x: Float64Array): ArrayLike<number> },
  x: Float64Array,
  tolerance = 1e-7,
) {
  const [y, pullback] = vjp(model, x)
  const { dparams } = pullback(scatter(y.length, 3))
  pullback.dispose()
  const by = model.parameters.blocks.flatMap((block) => [
    ...differences((there) => at(block, there, () => inner(model.forward(x), scatter(y.length, 3))), block.parameters),
  ])
  expect(relative(dparams, by)).toBeLessThan(tolerance)
}

test('a residual network with a layer for each step, reversible', () => {
  using net = new ResNet({ width: 3, hidden: 4, depth: 5, dtype: 'f64', initialV: 'normal', adjoint: reversible() })
  compareParameters(net, scatter(9))
  using tied = new ResNet({
    width: 3,
    hidden: 4,
    depth: 5,
    dtype: 'f64',
    tied: true,
    initialV: 'normal',
    adjoint: reversible(),
  })
  compareParameters(tied, scatter(9))
  const [, pullback] = vjp(tied, scatter(9))
  expect(pullback(scatter(9))).toMatchObject({ trusted: true })
})

test('a tied residual network, solved back: the gradient of the ODE, which many steps have', () => {
  const made = { width: 3, hidden: 4, dtype: 'f64', tied: true, initialV: 'normal' } as const
  const errors = [16, 32, 64].map((depth) => {
    using net = new ResNet({ ...made, depth, adjoint: backsolve() })
    using plain = new ResNet({ ...made, depth })
    const [a, b] = [net, plain].map((model) => vjp(model, scatter(9))[1](scatter(9)).dparams)
    return relative(a as Float64Array, b as Float64Array)
  })
  expect(errors[2]).toBeLessThan(0.03)
  expect((errors[0] as number) / (errors[2] as number)).toBeGreaterThan(3)
})

describe.each(adjoints)('%s', (_, adjoint) => {
  test('a batch whose weight gradients pack their operand', () => {
    using field = network()
    compareParameters(new NeuralODE(field, { solver: dopri8, steps: 20, adjoint }), scatter(3 * 70))
  })

  test('between a read-in and a read-out', () => {
    using field = network()
    using readIn = new Affine(2, 3, { dtype: 'f64', seed: 1 })
    using readOut = new Affine(3, 2, { dtype: 'f64', seed: 2 })
    compareParameters(new NeuralODE(field, { solver: dopri8, steps: 30, readIn, readOut, adjoint }), scatter(6))
  })

  test('parameters that follow time', () => {
    using field = new MLP([2, 5, 2], { activation: 'tanh', dtype: 'f64', seed: 3, layers: 3, span: 1 })
    compareParameters(new NeuralODE(field, { ...precise, tStops: field.knots, dt0: 0.01, adjoint }), scatter(6), 1e-6)
  })

  test('a block that is not trained costs nothing and has zeros', () => {
    using field = network()
    field.rate = 0
    const { dx, dparams } = gradient(new NeuralODE(field, { ...precise, adjoint }), scatter(9))
    expect([...dparams]).toEqual(new Array(field.parameterCount).fill(0))
    field.rate = 1
    expect(relative(gradient(new NeuralODE(field, { ...precise, adjoint }), scatter(9)).dx, dx)).toBeLessThan(1e-9)
  })

  test('a pullback may be called again', () => {
    using field = network()
    const [y, pullback] = vjp(new NeuralODE(field, { t: [0, 0.5, 1], adjoint }), scatter(9))
    expect(y).toEqual(new NeuralODE(field, { t: [0, 0.5, 1], adjoint }).forward(scatter(9)))
    const [first, other, again] = [1, 2, 1].map((seed) => pullback(scatter(y.length, seed)))
    expect(again).toMatchObject({ dx: first?.dx, dparams: first?.dparams, dt: first?.dt })
    expect(other?.dx).not.toEqual(first?.dx)
    pullback.dispose()
    expect(gradient(new NeuralODE(field, { adjoint }), []).dparams).toEqual(new Float64Array(field.parameterCount))
  })

  test("control: 'sample': rows have the bits that they have alone", () => {
    using field = network()
    const options = { t: [0, 0.5, 1], solver: dopri5, adjoint, control: 'sample' } as const
    const x = scatter(9).map((v, i) => v * 3 ** Math.floor(i / 3))
    const [y, pullback] = vjp(new NeuralODE(field, options), x)
    const g = scatter(y.length)
    const all = pullback(g)
    for (let row = 0; row < 3; row++) {
      const [yi, pull] = vjp(new NeuralODE(field, options), x.slice(3 * row, 3 * row + 3))
      const own = (v: ArrayLike<number>): number[] =>
        [0, 1, 2].flatMap((j) => Array.from({ length: 3 }, (__, c) => v[(3 * j + row) * 3 + c] as number))
      expect(own(y)).toEqual([...yi])
      const alone = pull(own(g))
      expect([...all.dx.subarray(3 * row, 3 * row + 3)]).toEqual([...alone.dx])
      expect(all.reconstruction).toBeGreaterThanOrEqual(alone.reconstruction as number)
      pull.dispose()
    }
    expect(all.trusted).toBe(true)
    pullback.dispose()
  })

  test('a saved model has it, and is read by who brings its maker', () => {
    using field = network()
    const node = new NeuralODE(field, { t: [0, 1], solver: rk4, steps: 9, adjoint })
    const bytes = node.save()
    const copy = NeuralODE.from(bytes, backsolve, reversible)
    expect(copy.adjoint.kind).toBe(adjoint.kind)
    expect(copy.forward(scatter(9))).toEqual(node.forward(scatter(9)))
    expect(gradient(copy, scatter(9))).toEqual(gradient(node, scatter(9)))
    expect(copy.save()).toEqual(bytes)
    copy.field.dispose()
    expect(() => NeuralODE.from(bytes)).toThrow(
      `the model's options: adjoint must be made by checkpoint(), or by a maker that from() is given, got {"kind":"${adjoint.kind}"}`,
    )
  })

  test('a training tells whether its gradients are to be trusted', () => {
    const told = (rate: number, steps: number) => {
      using field = new Field(1, (p) => p.dense(p.state, 1, { bias: false }), { dtype: 'f64' })
      field.parameters = [-rate]
      const way = steps > 0 ? { solver: rk4, steps } : {}
      const node = new NeuralODE(field, { ...way, adjoint })
      return Array.from(fit(node, { x: [1], y: [1] }, { epochs: 2 }), ({ trusted }) => trusted)
    }
    expect(told(1, 0)).toEqual([true, true])
    expect(told(40, adjoint.kind === 'reversible' ? 400 : 0)).toEqual([false, false])
  })

  test('trains', () => {
    using field = new MLP([2, 8, 2], { activation: 'tanh', seed: 1 })
    const x = Float32Array.from(scatter(40))
    const node = new NeuralODE(field, { adjoint })
    const losses = Array.from(
      fit(node, { x, y: x.map((v) => -v) }, { epochs: 60, optimizer: adam({ lr: 0.02 }) }),
      ({ loss }) => loss,
    )
    expect(losses[59] as number).toBeLessThan(0.5 * (losses[0] as number))
  })
})

describe('options in a file', () => {
  const saved = (adjoint: ReturnType<typeof backsolve>): NeuralODE['adjoint'] => {
    using field = network()
    const { adjoint: read, field: own } = NeuralODE.from(
      new NeuralODE(field, { solver: rk4, steps: 4, adjoint }).save(),
      backsolve,
      reversible,
    )
    own.dispose()
    return read
  }

  test('come back', () => {
    expect(saved(reversible({ lambda: 0.95 }))).toMatchObject({ kind: 'reversible', lambda: 0.95 })
    expect(saved(backsolve({ rtol: 1e-9, norm: 'all', solver: dopri5 }))).toMatchObject({ rtol: 1e-9, norm: 'all' })
  })
})

describe('what does not fit is said before anything is computed', () => {
  test.each([
    ['lambda', () => reversible({ lambda: 0.2 }), 'lambda must be a number from 0.5 to 1, got 0.2'],
    ['lambda', () => reversible({ lambda: '1' as never }), 'lambda must be a number from 0.5 to 1, got "1"'],
    ['rtol', () => backsolve({ rtol: -1 }), 'rtol must be >= 0, got -1'],
    ['rtol', () => backsolve({ rtol: { length: 2 ** 33 } as never }), 'rtol must be a number or an array'],
    ['steps', () => backsolve({ steps: 3, dt: 1 }), 'dt and steps exclude each other'],
    [
      'solver',
      () => backsolve({ solver: 'rk4' as never }),
      'solver must be a tableau such as dopri5 (import it), got "rk4"',
    ],
    ['norm', () => backsolve({ norm: 'none' as never }), 'norm must be one of state, all, got "none"'],
  ])('%s', (_, call, message) => expect(call).toThrow(message))

  const run = (options: object) => () => {
    using field = network()
    // Nothing could be computed from here.
    field.parameters = field.parameters.fill(Number.MAX_VALUE)
    new NeuralODE(field, { t: [0, 1], ...options }).pass(scatter(3), 1)
  }

  test.each([
    [{ adjoint: backsolve({ rtol: [1, 2] }) }, 'rtol must be one number or 3, one per component, got 2'],
    [{ adjoint: backsolve({ solver: rk4 }) }, 'rk4 has no error estimate: give dt or steps'],
    [{ adjoint: backsolve(), solver: rodas4 }, 'backsolve() needs an explicit solver, got rodas4'],
    [
      { adjoint: reversible(), solver: rodas4 },
      'reversible() needs an explicit Runge-Kutta method such as dopri5, got rodas4',
    ],
  ])('%#', (options, message) => expect(run(options)).toThrow(message))

  test('models', () => {
    using field = network(3, 5)
    using layered = new MLP([3, 3], { layers: 4, dtype: 'f64' })
    expect(() => new Compose(layered, { times: 4, adjoint: reversible() }).forward(scatter(3))).toThrow(
      'reversible() needs the steps of a method, a composition has none',
    )
    expect(() => new Compose(field, { times: 2, adjoint: backsolve() }).forward(scatter(3))).toThrow(
      'backsolve() needs an ODE, a composition is none',
    )
    expect(() => new ResNet(layered, { adjoint: backsolve() }).forward(scatter(3))).toThrow(
      'backsolve() needs a field of one layer, or of layers over a span, got 4, one a step',
    )
  })
})

test('a method for stiff fields forth, another one back', () => {
  using field = network()
  const exact = gradient(new NeuralODE(field, { t: [0, 1], solver: dopri8, steps: 300 }), scatter(9))
  const options = { t: [0, 1], solver: rodas4, rtol: 1e-10, atol: 1e-10 }
  const found = gradient(new NeuralODE(field, { ...options, adjoint: backsolve({ solver: dopri5 }) }), scatter(9))
  expect(relative(found.dparams, exact.dparams)).toBeLessThan(1e-7)
})

test('a reversible solve that overflows is an error, not a number', () => {
  using field = new Field(1, (p) => p.dense(p.state, 1, { bias: false }), { dtype: 'f64' })
  field.parameters = [-1e200]
  const node = new NeuralODE(field, { t: [0, 1], solver: euler, steps: 4, adjoint: reversible() })
  expect(() => node.forward([1])).toThrow(SolveError)
})
