import { describe, expect, test } from 'vitest'
import { ResNet } from '../../src/models/resnet.ts'
import { Affine } from '../../src/program/affine.ts'
import { Field } from '../../src/program/field.ts'
import { euler, rk4 } from '../../src/tableaus/index.ts'
import { limitDistance, toODE } from '../../src/theory/to-ode.ts'
import { relative, scatter } from '../support/gradients.ts'

const f64 = { dtype: 'f64' } as const

/** h' = a(s) h with a(s) = 1 + s, in `depth` layers: F_L(x) = x prod (1 + a(k/L)/L), F(x) = x e^(3/2). */
function growing(depth: number): ResNet {
  const field = new Field(1, (p) => p.dense(p.state, 1, { bias: false }), { ...f64, layers: depth })
  field.parameters = Float64Array.from({ length: depth }, (_, k) => 1 + k / depth)
  return new ResNet(field)
}

const random = { width: 5, hidden: 7, initialV: 'normal', initialLayers: 'independent', ...f64 } as const
const around = { readIn: new Affine(2, 5, { ...f64, seed: 1 }), readOut: new Affine(5, 3, { ...f64, seed: 2 }) }

describe('toODE', () => {
  test('solves what the network discretises', () => {
    // The last layer holds from s = 1 - 1/L on, where a(s) = 1 + s goes on: e^(3/2 - 1/(2 L^2)).
    const depth = 8
    const ode = toODE(growing(depth), { solver: rk4, steps: 800 })
    expect(ode.forward([2])[0]).toBeCloseTo(2 * Math.exp(1.5 - 0.5 / depth ** 2), 9)
  })

  test.each([1, 6, 17])(
    'its Euler steps are the network, bit for bit, with read-in and read-out, depth %i',
    (depth) => {
      const net = new ResNet({ ...random, depth, ...around })
      const x = scatter(10, 3)
      expect(toODE(net, { solver: euler, steps: depth }).forward(x)).toEqual(net.forward(x))
    },
  )

  test('covers the time of another scale exponent', () => {
    const net = new ResNet({ ...random, depth: 9, scaleExponent: 0.5 })
    const x = scatter(5, 3)
    const ode = toODE(net, { solver: euler, steps: 9 })
    expect([...ode.t]).toEqual([0, 3])
    expect(ode.forward(x)).toEqual(net.forward(x))
  })

  test('of a tied network has parameters that do not depend on time', () => {
    const net = new ResNet({ ...random, depth: 9, tied: true })
    const ode = toODE(net, { rtol: 1e-10, atol: 1e-10 })
    expect(ode.field.layers).toBe(1)
    const x = scatter(5, 3)
    expect(ode.field.forward(x, 0.7)).toEqual(net.field.forward(x))
  })

  test('copies the parameters: training one does not move the other', () => {
    const net = growing(4)
    const ode = toODE(net)
    ode.field.parameters = [9, 9, 9, 9]
    expect([...net.field.parameters]).toEqual([1, 1.25, 1.5, 1.75])
  })
})

describe('limitDistance', () => {
  // F_L = x exp(sum log(1 + a_k/L)), sum = 3/2 - (1/2 + 7/6)/L + O(1/L^2): half for the layers being those of the left ends,
  // 7/6 = half the integral of a^2 for Euler. The ODE of the layers has the first only in its last interval.
  const c = Math.exp(1.5) * (1 / 2 + 7 / 6)

  test.each([64, 256])('is C / L, with the C of the closed form and that of a doubling, L = %i', (depth) => {
    const { sup, predicted, constant } = limitDistance(growing(depth), [1])
    expect(sup * depth).toBe(constant)
    expect(Math.abs(constant / c - 1)).toBeLessThan(4 / depth)
    expect(Math.abs(predicted / sup - 1)).toBeLessThan(4 / depth)
  })

  test('falls like 1 / L for networks whose layers are a Lipschitz function of depth, not for independent ones', () => {
    const smooth = (depth: number): ResNet => {
      const net = new ResNet({ ...random, depth, initialLayers: 'tied' })
      const { parameters } = net.field
      net.field.parameters = parameters.map((v, i) => v * (1 + Math.floor((i * depth) / parameters.length) / depth))
      return net
    }
    const x = scatter(15, 3)
    const at = (make: (depth: number) => ResNet) => [32, 128].map((depth) => limitDistance(make(depth), x).sup)
    const [a, b] = at(smooth) as [number, number]
    expect(a / b).toBeGreaterThan(3.6)
    expect(a / b).toBeLessThan(4.4)
    const [c32, c128] = at((depth) => new ResNet({ ...random, depth })) as [number, number]
    expect(c32 / c128).toBeLessThan(3)
  })

  test('f32', () => {
    const net = new ResNet({ ...random, dtype: 'f32', depth: 16, initialLayers: 'tied' })
    const twin = new ResNet({ ...random, depth: 16, initialLayers: 'tied' })
    twin.field.parameters = net.field.parameters
    const x = Float32Array.from(scatter(15, 3))
    const [single, double] = [limitDistance(net, x), limitDistance(twin, Float64Array.from(x))]
    expect(relative([single.sup, single.predicted], [double.sup, double.predicted])).toBeLessThan(1e-3)
  })
})
