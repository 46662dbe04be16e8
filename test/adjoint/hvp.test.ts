import { describe, expect, test } from 'vitest'
import { hvp, type OutputLoss } from '../../src/adjoint/hvp.ts'
import { vjp } from '../../src/adjoint/vjp.ts'
import type { Numbers } from '../../src/core/check.ts'
import { Compose } from '../../src/models/compose.ts'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import type { Surrounded } from '../../src/models/surrounded.ts'
import { Affine } from '../../src/program/affine.ts'
import { MLP } from '../../src/program/mlp.ts'
import { euler } from '../../src/tableaus/index.ts'
import { inner, relative, scatter } from '../support/gradients.ts'
import { adaptive, disposeOf, equilibrium, fixed, timeVarying, type Wish } from '../support/model-zoo.ts'

const wish: Wish = { width: 3, dtype: 'f64', activation: 'tanh' }
const smooth = ['elu', 'softplus', 'gelu', 'silu', 'tanh', 'sigmoid', 'sin', 'exp'] as const

/** sum (y - 1/2)^2 + y^4 / 4, which is not quadratic. */
const curved: OutputLoss = (y, dy) => [
  y.map((v) => 2 * (v - 0.5) + v ** 3),
  y.map((v, i) => (2 + 3 * v ** 2) * (dy[i] as number)),
]

/** The gradient of a loss by inputs and parameters, one after the other, with both moved along `v` by `h`. */
function gradient(
  model: Surrounded,
  x: Float64Array,
  loss: Numbers | OutputLoss,
  v: Float64Array,
  h: number,
): Float64Array {
  const { blocks } = model.parameters
  const before = blocks.map(({ parameters }) => parameters)
  let first = x.length
  for (const block of blocks) {
    const from = first
    block.parameters = block.parameters.map((p, i) => p + h * (v[from + i] as number))
    first += block.parameterCount
  }
  const [y, pullback] = vjp(
    model,
    x.map((value, i) => value + h * (v[i] as number)),
  )
  const { dx, dparams } = pullback(typeof loss === 'function' ? loss(y, y)[0] : loss)
  pullback.dispose()
  for (const [i, block] of blocks.entries()) block.parameters = before[i] as Float64Array
  return Float64Array.of(...dx, ...dparams)
}

const split = (v: Float64Array, n: number): { dx: Float64Array; dparams: Float64Array } => ({
  dx: v.subarray(0, n),
  dparams: v.subarray(n),
})

const product = (model: Surrounded, x: Float64Array, loss: Numbers | OutputLoss, v: Float64Array): Float64Array => {
  const typed = (values: Float64Array): Numbers => (model.dtype === 'f32' ? Float32Array.from(values) : values)
  const { dx, dparams } = split(v, x.length)
  const h = hvp(model, typed(x), loss, { dx: typed(dx), dparams: typed(dparams) })
  return Float64Array.of(...h.dx, ...h.dparams)
}

/** H v against central differences of the gradient, of fourth order. */
function againstDifferences(model: Surrounded, batch: number, h: number, close = 1e-6): void {
  const x = scatter(batch * model.inputs, 1)
  const n = x.length + model.parameters.count
  const v = scatter(n, 2)
  for (const loss of [scatter(model.forward(x).length, 3), curved]) {
    const [a, b, c, d] = [-2, -1, 1, 2].map((k) => gradient(model, x, loss, v, k * h)) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ]
    const want = a.map((p, i) => (8 * ((c[i] as number) - (b[i] as number)) - ((d[i] as number) - p)) / (12 * h))
    expect(relative(product(model, x, loss, v), want)).toBeLessThan(close)
  }
}

/** <u, H v> against <v, H u>. */
function symmetric(model: Surrounded, batch: number, close = 1e-10): void {
  const x = scatter(batch * model.inputs, 1)
  const n = x.length + model.parameters.count
  const [u, v] = [scatter(n, 2), scatter(n, 3)]
  const [hu, hv] = [product(model, x, curved, u), product(model, x, curved, v)]
  const size = u.reduce((sum, p, i) => sum + Math.abs(p * (hv[i] as number)), 0)
  expect(size).toBeGreaterThan(0.1)
  expect(Math.abs(inner(u, hv) - inner(v, hu)) / size).toBeLessThan(close)
}

describe('every model', () => {
  test.each(Object.entries({ ...fixed, 'parameters that follow time': timeVarying }))(
    '%s: central differences',
    (_, make) => {
      const model = make(wish)
      againstDifferences(model, 3, 1e-3)
      disposeOf(model)
    },
  )

  describe.each(Object.entries({ ...fixed, ...adaptive, timeVarying, equilibrium }))('%s: symmetry', (_, make) => {
    test.each([1, 3, 5, 17])('batch and width %i', (n) => {
      for (const dtype of ['f64', 'f32'] as const) {
        const model = make({ ...wish, dtype, width: n })
        symmetric(model, n, { f64: 1e-10, f32: 1e-4 }[dtype])
        disposeOf(model)
      }
    })
  })

  test('an equilibrium: central differences', () => {
    const model = equilibrium(wish)
    againstDifferences(model, 3, 1e-3)
    disposeOf(model)
  })
})

describe('every activation that is curved', () => {
  test.each(smooth)('%s', (activation) => {
    for (const n of [1, 3, 5, 17]) {
      using block = new MLP([n, 4, n], { activation, dtype: 'f64', seed: 2 })
      const model = new NeuralODE(block, { solver: euler, steps: 2 })
      // The third derivative of elu jumps where a unit changes its sign: three points near each other.
      if (activation !== 'elu') againstDifferences(model, n, 1e-3)
      symmetric(model, n)
    }
  })

  test('elu, away from its seam', () => {
    using block = new MLP([3, 4, 3], { activation: 'elu', dtype: 'f64', seed: 2 })
    againstDifferences(new NeuralODE(block, { solver: euler, steps: 2 }), 3, 1e-5)
  })
})

describe('piecewise linear fields', () => {
  // Between its kinks the gradient is a polynomial in input and parameters: differences as near as that are exact but for rounding.
  test.each(['relu', 'leaky_relu'] as const)('%s has the Hessian of the piece', (activation) => {
    for (const n of [1, 3, 5, 17]) {
      using block = new MLP([n, 8, n], { activation, dtype: 'f64', seed: 3 })
      const model = new Compose(block, { times: 2 })
      againstDifferences(model, n, 1e-6)
      symmetric(model, n)
    }
  })

  test('the Hessian by the inputs alone is zero', () => {
    using block = new MLP([3, 8, 3], { activation: 'relu', dtype: 'f64' })
    const { dx } = hvp(new Compose(block, { times: 3 }), scatter(9, 1), scatter(9, 2), { dx: scatter(9, 3) })
    expect([...dx]).toEqual(new Array(9).fill(0))
  })
})

describe('closed forms', () => {
  test('linear least squares: H = 2 x x^T', () => {
    using map = new Affine(2, 1, { dtype: 'f64', bias: false })
    using field = new MLP([1, 1], { dtype: 'f64' })
    field.parameters = [1, 0]
    const model = new Compose(field, { times: 0, readIn: map })
    const x = [1, 2, -3, 0.5]
    const square: OutputLoss = (y, dy) => [y.map((v) => 2 * v), dy.map((v) => 2 * v)]
    const { dparams } = hvp(model, x, square, { dparams: [1, -1, 0, 0] })
    // x^T x = [[10, 0.5], [0.5, 4.25]]
    expect([...dparams].slice(0, 2)).toEqual([2 * 9.5, 2 * -3.75])
  })

  test('y = exp(x): H v = g e^x v', () => {
    using field = new MLP([1, 1], { dtype: 'f64', activation: 'identity', outputActivation: 'exp' })
    field.parameters = [1, 0]
    const { dx } = hvp(new Compose(field, { times: 1 }), [0.3, -1], [2, 5], { dx: [3, 0.1] })
    expect(dx[0]).toBeCloseTo(6 * Math.exp(0.3), 12)
    expect(dx[1]).toBeCloseTo(0.5 * Math.exp(-1), 12)
  })
})

test('conjugate gradients on these products find the minimum of least squares', () => {
  // y = W x + b, 3 to 2: the loss is quadratic, so eight steps of exact arithmetic are Newton's step.
  using map = new Affine(3, 2, { dtype: 'f64', seed: 1 })
  using field = new MLP([2, 2], { dtype: 'f64', rate: 0 })
  const model = new Compose(field, { times: 0, readIn: map })
  const [x, target] = [scatter(60, 1), scatter(40, 2)]
  const squares: OutputLoss = (y, dy) => [y.map((v, i) => 2 * (v - (target[i] as number))), dy.map((v) => 2 * v)]
  const slope = (): Float64Array => {
    const [y, pullback] = vjp(model, x)
    const { dparams } = pullback(squares(y, y)[0])
    pullback.dispose()
    return dparams as Float64Array
  }
  const step = new Float64Array(model.parameters.count)
  let r = slope().map((v) => -v)
  let d = r.slice()
  for (let i = 0; i < map.parameterCount; i++) {
    const h = hvp(model, x, squares, { dparams: d }).dparams
    const [rr, length] = [inner(r, r), inner(r, r) / inner(d, h)]
    for (const [k, v] of d.entries()) step[k] = (step[k] as number) + length * v
    r = r.map((v, k) => v - length * (h[k] as number))
    d = d.map((v, k) => (r[k] as number) + (inner(r, r) / rr) * v)
  }
  map.parameters = map.parameters.map((v, i) => v + (step[i] as number))
  expect(Math.sqrt(inner(slope(), slope()))).toBeLessThan(1e-9)
})

test('f32: the product of f64, to f32', () => {
  const [narrow, wide] = (['f32', 'f64'] as const).map((dtype) => {
    using block = new MLP([5, 6, 5], { dtype, activation: 'tanh', seed: 1 })
    block.parameters = scatter(block.parameterCount, 9).map(Math.fround)
    const typed = (n: number, seed: number): Numbers => {
      const values = Float32Array.from(scatter(n, seed))
      return dtype === 'f32' ? values : Float64Array.from(values)
    }
    const model = new NeuralODE(block, { steps: 3 })
    const { dx, dparams } = hvp(model, typed(15, 1), curved, {
      dx: typed(15, 2),
      dparams: typed(block.parameterCount, 3),
    })
    return [...dx, ...dparams]
  }) as [number[], number[]]
  expect(relative(narrow, wide)).toBeLessThan(1e-5)
})

test('a block that is not trained has zeros', () => {
  const model = (fixed['between read-in and read-out'] as (w: Wish) => Surrounded)(wish)
  const [readIn, field] = model.parameters.blocks as [Affine, MLP]
  readIn.rate = 0
  const { dparams } = hvp(model, scatter(6, 1), curved, { dx: scatter(6, 2) })
  expect(dparams.subarray(0, readIn.parameterCount).every((v) => v === 0)).toBe(true)
  expect(
    dparams.subarray(readIn.parameterCount, readIn.parameterCount + field.parameterCount).some((v) => v !== 0),
  ).toBe(true)
  disposeOf(model)
})
