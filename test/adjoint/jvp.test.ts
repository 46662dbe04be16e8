import { describe, expect, test } from 'vitest'
import { jvp } from '../../src/adjoint/jvp.ts'
import { vjp } from '../../src/adjoint/vjp.ts'
import { Compose } from '../../src/models/compose.ts'
import { Equilibrium } from '../../src/models/equilibrium.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import type { Surrounded } from '../../src/models/surrounded.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { linearSignal } from '../../src/program/signal.ts'
import { inner, relative, scatter } from '../support/gradients.ts'
import { adaptive, disposeOf, equilibrium, fixed, timeVarying, type Wish } from '../support/model-zoo.ts'

const dtypes = ['f64', 'f32'] as const
/** Of a sum of products, relative to the sum of their sizes. */
const CLOSE = { f64: 1e-12, f32: 1e-5 } as const
const wish: Wish = { width: 3, dtype: 'f64', activation: 'tanh' }

/** <g, jvp(v)> against <vjp(g), v>, for directions of the inputs, the parameters and the times. */
function dotProducts(model: Surrounded, batch: number, moving: boolean): void {
  const close = CLOSE[model.dtype]
  const [x, dx] = [scatter(batch * model.inputs, 1), scatter(batch * model.inputs, 2)]
  const typed = (values: Float64Array): Float32Array | Float64Array =>
    model.dtype === 'f32' ? Float32Array.from(values) : values
  const dparams = typed(scatter(model.parameters.count, 3))
  const [y, pullback] = vjp(model, typed(x))
  const g = typed(scatter(y.length, 4))
  const back = pullback(g)
  pullback.dispose()
  const dt = moving ? scatter(back.dt.length, 5) : undefined
  const [same, dy] = jvp(model, typed(x), typed(dx), { dparams, ...(dt && { dt }) })
  // An equilibrium is iterated together with its derivative: other iterates, the same residual.
  if (model instanceof Equilibrium) expect(relative(same, y)).toBeLessThan(close)
  else expect(same, 'the outputs have the bits of the model').toEqual(y)
  const size = Array.from(g, (v, i) => Math.abs(v * (dy[i] as number))).reduce((sum, v) => sum + v, 1e-3)
  const there = inner(g, dy)
  const again = inner(back.dx, dx) + inner(back.dparams, dparams) + (dt ? inner(back.dt, dt) : 0)
  expect(Math.abs(there - again) / size).toBeLessThan(close)
}

describe.each(dtypes)('the dot product identity, %s', (dtype) => {
  describe.each(Object.entries({ ...fixed, ...adaptive }))('%s', (_, make) => {
    test.each([1, 3, 5, 17])('batch and width %i', (n) => {
      const model = make({ width: n, dtype, activation: 'tanh' })
      dotProducts(model, n, false)
      disposeOf(model)
    })

    test('times that move', () => {
      const model = make({ ...wish, dtype })
      dotProducts(model, 3, true)
      disposeOf(model)
    })

    test.each(['relu', 'gelu', 'elu'] as const)('%s', (activation) => {
      const model = make({ ...wish, dtype, activation })
      dotProducts(model, 5, true)
      disposeOf(model)
    })
  })

  test.each(['batch', 'sample'] as const)('fields that read a signal, by %s', (control) => {
    for (const rows of [1, 3]) {
      const field = new Field(2, (p) => p.mul(p.dense(p.state, 2), p.add(p.input(2), p.inputRate(2))), {
        dtype,
        seed: 1,
      })
      const input = linearSignal([0, 0.4, 1], scatter(rows * 6, 8), { rows })
      const model = new NeuralODE(field, { t: [0, 0.7, 1], control, input })
      dotProducts(model, 3, false)
      expect(() => jvp(model, new Array(6).fill(0), new Array(6).fill(0), { dt: [0, 0, 0] })).toThrow('reads an input')
    }
  })

  test.each([1, 3, 5, 17])('parameters that follow time, batch and width %i', (n) => {
    const model = timeVarying({ width: n, dtype, activation: 'silu' })
    dotProducts(model, n, false)
    disposeOf(model)
  })

  // The residuals of both fixed points are rounding, divided by 1 - the Lipschitz constant.
  test.each([1, 3, 5, 17])('an equilibrium, batch and width %i', (n) => {
    const model = equilibrium({ width: n, dtype, activation: 'tanh' })
    dotProducts(model, n, false)
    disposeOf(model)
  })
})

describe('against central differences', () => {
  test.each(Object.entries(fixed))('%s', (_, make) => {
    const model = make(wish)
    const [x, dx] = [scatter(5 * model.inputs, 1), scatter(5 * model.inputs, 2)]
    const dparams = scatter(model.parameters.count, 3)
    const moved = (h: number): Float64Array => {
      const { blocks } = model.parameters
      const before = blocks.map(({ parameters }) => parameters)
      let first = 0
      for (const block of blocks) {
        const from = first
        block.parameters = block.parameters.map((v, i) => v + h * (dparams[from + i] as number))
        first += block.parameterCount
      }
      const y = model.forward(x.map((v, i) => v + h * (dx[i] as number)))
      for (const [i, block] of blocks.entries()) block.parameters = before[i] as Float64Array
      return y as Float64Array
    }
    const h = 1e-3
    const [a, b, c, d] = [moved(-2 * h), moved(-h), moved(h), moved(2 * h)] as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ]
    const want = a.map((v, i) => (8 * ((c[i] as number) - (b[i] as number)) - ((d[i] as number) - v)) / (12 * h))
    const [, dy] = jvp(model, x, dx, { dparams })
    want.forEach((v, i) => {
      expect(dy[i]).toBeCloseTo(v, 9)
    })
    disposeOf(model)
  })
})

describe('the derivative alone', () => {
  test('at a kink is the left one, as that of the pullback', () => {
    using block = new MLP([2, 2], { dtype: 'f64', outputActivation: 'relu' })
    block.parameters = [1, 0, 0, 1, 0, 0]
    expect([...jvp(new Compose(block), [0, 1], [1, 1])[1]]).toEqual([0, 1])
    using leaky = new MLP([2, 2], { dtype: 'f64', outputActivation: 'leaky_relu' })
    leaky.parameters = [1, 0, 0, 1, 0, 0]
    expect([...jvp(new Compose(leaky), [0, 1], [1, 1])[1]]).toEqual([0.01, 1])
  })

  test('is linear in the direction, to the bit for powers of two', () => {
    const model = (adaptive['dopri5'] as (w: Wish) => Surrounded)(wish)
    const [x, dx] = [scatter(9, 1), scatter(9, 2)]
    const [, dy] = jvp(model, x, dx)
    const [, twice] = jvp(
      model,
      x,
      dx.map((v) => 2 * v),
    )
    expect(twice).toEqual(dy.map((v) => 2 * v))
    const [, none] = jvp(model, x, new Float64Array(9))
    expect(none.every((v) => v === 0)).toBe(true)
    disposeOf(model)
  })

  test('a direction however long does not change the steps', () => {
    const model = (adaptive['dopri5'] as (w: Wish) => Surrounded)(wish) as NeuralODE
    const x = scatter(9, 1)
    const [y] = jvp(
      model,
      x,
      scatter(9, 2).map((v) => 1e9 * v),
    )
    expect(y).toEqual(model.forward(x))
    disposeOf(model)
  })

  test.each([1e-20, 1e-9, 1e9, 1e150])('an equilibrium: as exact for a direction times %d', (factor) => {
    const model = equilibrium(wish)
    const [x, dx] = [scatter(9, 1), scatter(9, 2)]
    const dparams = scatter(model.parameters.count, 3)
    const [y, dy] = jvp(model, x, dx, { dparams })
    const [same, scaled] = jvp(
      model,
      x,
      dx.map((v) => v * factor),
      { dparams: dparams.map((v) => v * factor) },
    )
    expect(relative(same, y)).toBeLessThan(1e-13)
    expect(
      relative(
        scaled.map((v) => v / factor),
        dy,
      ),
    ).toBeLessThan(1e-12)
    disposeOf(model)
  })

  test('no rows', () => {
    const model = (adaptive['dopri5'] as (w: Wish) => Surrounded)(wish)
    expect(jvp(model, [], []).map(({ length }) => length)).toEqual([0, 0])
    disposeOf(model)
  })
})
