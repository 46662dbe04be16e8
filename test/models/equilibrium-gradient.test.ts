import { describe, expect, test } from 'vitest'
import { vjp } from '../../src/adjoint/vjp.ts'
import { Equilibrium, type EquilibriumOptions, implicitBlock } from '../../src/models/equilibrium.ts'
import { Affine } from '../../src/program/affine.ts'
import { type Activation, activationIds } from '../../src/program/builder.ts'
import { Field } from '../../src/program/field.ts'
import { MLP } from '../../src/program/mlp.ts'
import { failed, linear } from '../support/fixed-points.ts'
import { at, differences, inner, relative, scatter } from '../support/gradients.ts'
import { solveLinear } from '../support/linear.ts'

const f64 = { dtype: 'f64' } as const
const TOLERANCE = 1e-7
const SIZES = [1, 3, 5, 17]
const activations = Object.keys(activationIds) as Activation[]
// Their derivative jumps at 0; elu's second one does.
const kinky: readonly Activation[] = ['relu', 'leaky_relu', 'elu']
/** Differences divide the residual by their step. */
const tight = { tol: 1e-15 } as const

function pulled(model: Equilibrium, x: Float64Array) {
  const [y, pullback] = vjp(model, x)
  try {
    return pullback(scatter(y.length, 3))
  } finally {
    pullback.dispose()
  }
}

const loss = (model: Equilibrium, x: ArrayLike<number>): number => {
  const y = model.forward(Float64Array.from(x))
  return inner(y, scatter(y.length, 3))
}

/** dx, and dparams of every block, against central differences. */
function compare(model: Equilibrium, batch: number, smooth: boolean): void {
  const x = scatter(batch * model.inputs, 5)
  const { dx, dparams } = pulled(model, x)
  const byX = differences((there) => loss(model, there), x, smooth)
  expect(relative(dx, byX), 'dx').toBeLessThanOrEqual(TOLERANCE)
  let from = 0
  for (const block of model.parameters.blocks) {
    const own = dparams.subarray(from, from + block.parameterCount)
    from += block.parameterCount
    const expected = differences((p) => at(block, p, () => loss(model, x)), block.parameters, smooth)
    expect(relative(own, expected), 'dparams').toBeLessThanOrEqual(TOLERANCE)
  }
}

const around = (inputs: number, dim: number, outputs: number): EquilibriumOptions => ({
  readIn: new Affine(inputs, dim, { ...f64, activation: 'tanh', seed: 1 }),
  readOut: new Affine(dim, outputs, { ...f64, seed: 2 }),
})

describe('the gradient is that of central differences', () => {
  test.each(activations)('%s', (activation) => {
    const smooth = !kinky.includes(activation)
    for (const anderson of [0, 5]) {
      for (const [options, batch] of [
        [{}, 1],
        [around(2, 5, 3), 3],
      ] as const) {
        const field = new MLP([5, 7, 5], { ...f64, activation, outputActivation: activation, seed: 3 })
        compare(new Equilibrium(field, { ...tight, ...options, anderson, gamma: 0.3 }), batch, smooth)
      }
    }
  })

  test.each([
    ['a bare one', () => ({})],
    ['with a read-in', () => ({ readIn: around(2, 5, 3).readIn as Affine })],
    ['with a read-out', () => ({ readOut: around(2, 5, 3).readOut as Affine })],
  ])('of a deep ReLU implicit network, %s', (_, options) => {
    for (const anderson of [0, 1, 5]) {
      const field = implicitBlock({ width: 5, ...f64, seed: 1 })
      compare(new Equilibrium(field, { ...tight, ...options(), anderson, gamma: 1.2 }), 5, false)
    }
  })

  test('of products, sums, scales and pieces of the state', () => {
    const field = new Field(
      4,
      (p) => {
        const a = p.dense(p.state, 2, { activation: 'tanh' })
        const b = p.activate(p.slice(p.state, 1, 2), 'sin')
        return p.scale(p.concat(p.mul(a, b), p.add(a, b)), 0.5)
      },
      { ...f64, seed: 2 },
    )
    compare(new Equilibrium(field, tight), 3, true)
  })

  const pairs = SIZES.flatMap((width) => SIZES.map((batch) => [width, batch] as const))
  test.each(pairs)('width %i, batch %i', (width, batch) => {
    const field = implicitBlock({ width, ...f64, activation: 'tanh', seed: 7 })
    const model = new Equilibrium(field, { ...tight, ...around(width, width, width) })
    const x = scatter(width * batch, 5)
    const { dx, dparams } = pulled(model, x)
    const blocks = model.parameters.blocks
    const along = (base: ArrayLike<number>, d: Float64Array, s: number): Float64Array =>
      d.map((v, i) => (base[i] as number) + s * v)
    const direction = (n: number, seed: number): Float64Array => scatter(n, seed).map((v) => v / Math.sqrt(n))
    // Along a few directions: one difference each, whatever the number of parameters.
    for (const seed of [11, 12]) {
      const u = direction(x.length, seed)
      const byX = differences(([s]) => loss(model, along(x, u, s as number)), [0])
      expect(relative([inner(dx, u)], byX)).toBeLessThanOrEqual(TOLERANCE)
      let from = 0
      for (const block of blocks) {
        const v = direction(block.parameterCount, seed)
        const p = block.parameters
        const byP = differences(([s]) => at(block, along(p, v, s as number), () => loss(model, x)), [0])
        const own = dparams.subarray(from, from + v.length)
        from += v.length
        expect(relative([inner(own, v)], byP)).toBeLessThanOrEqual(TOLERANCE)
      }
    }
  })
})

test.each(SIZES)('of a linear map: v = (I - gamma A^T)^-1 dy, and gamma v z^T, width %i', (width) => {
  const field = linear(width, 0.9)
  const gamma = 0.8
  const model = new Equilibrium(field, { ...tight, gamma })
  const u = scatter(width, 2)
  const [z, pullback] = vjp(model, u)
  const dy = scatter(width, 4)
  const { dx, dparams, residual, nfe, dt } = pullback(dy)
  const again = pullback(dy)
  pullback.dispose()
  const a = field.parameters
  const transposed = a.map((_, k) => {
    const [i, j] = [Math.floor(k / width), k % width]
    return (i === j ? 1 : 0) - gamma * (a[j * width + i] as number)
  })
  const v = solveLinear(transposed, dy)
  expect(relative(dx, v)).toBeLessThanOrEqual(1e-13)
  const outer = v.flatMap((vi) => Array.from(z, (zj) => gamma * vi * zj))
  expect(relative(dparams, outer)).toBeLessThanOrEqual(1e-12)
  expect(residual).toBeLessThanOrEqual(1e-15)
  expect(nfe).toBeGreaterThan(1)
  expect(dt).toEqual(new Float64Array(0))
  expect([again.dx, again.dparams]).toEqual([dx, dparams])
})

test('f32 has the gradient of f64 to its own precision', () => {
  for (const width of SIZES) {
    const [single, double] = (['f32', 'f64'] as const).map((dtype) => implicitBlock({ width, dtype, seed: 4 }))
    double!.parameters = Float64Array.from(single!.parameters)
    const x = Float32Array.from(scatter(5 * width, 1))
    const of = (field: Field, inputs: Float32Array | Float64Array) => {
      const [y, pullback] = vjp(new Equilibrium(field, { tol: field.dtype === 'f32' ? 1e-6 : 1e-12 }), inputs)
      const dy = Float32Array.from(scatter(y.length, 3))
      return pullback(field.dtype === 'f32' ? dy : Float64Array.from(dy))
    }
    const [a, b] = [of(single!, x), of(double!, Float64Array.from(x))]
    expect(relative(a.dx, b.dx)).toBeLessThan(1e-5)
    expect(relative(a.dparams, b.dparams)).toBeLessThan(1e-5)
  }
})

test.each(['f32', 'f64'] as const)("a row's cotangent does not depend on its neighbours, %s", (dtype) => {
  const width = 5
  const model = new Equilibrium(implicitBlock({ width, dtype, seed: 4 }), { gamma: 1.2 })
  const states = (seed: number) => (dtype === 'f32' ? Float32Array.from(scatter(85, seed)) : scatter(85, seed))
  const [x, dy] = [states(1), states(2)]
  const { dx } = vjp(model, x)[1](dy)
  for (let i = 0; i < 17; i++) {
    const row = (values: typeof x) => values.slice(i * width, (i + 1) * width)
    expect(vjp(model, row(x))[1](row(dy)).dx).toEqual(row(dx as typeof x))
  }
})

test('no rows have no gradient; one that does not converge says so', () => {
  const model = new Equilibrium(linear(3, 0.9), { maxIterations: 2 })
  const [, none] = vjp(model, [])
  expect(none([])).toEqual({
    dx: new Float64Array(0),
    dparams: new Float64Array(9),
    dt: new Float64Array(0),
    nfe: 0,
    residual: 0,
  })
  // From 0 the equilibrium is found at once.
  const [, pullback] = vjp(model, [0, 0, 0])
  const error = failed(() => pullback([1, 2, 3]))
  expect(error).toMatchObject({ status: 'not converged', phase: 'backward', iterations: 2, row: 0 })
  expect(error.message).toContain('not converged: in the gradient row 0 has a residual of')
  // And the model is as it was.
  expect(model.forward([0, 0, 0])).toEqual(new Float64Array(3))
})
