import { describe, expect, test } from 'vitest'
import { ResNet } from '../../src/models/resnet.ts'
import { Affine } from '../../src/program/affine.ts'
import { gradientFlow } from '../../src/theory/gradient-flow.ts'
import { type PathPoint, speedLimit } from '../../src/theory/speed-limit.ts'
import { fit } from '../../src/train/fit.ts'
import { sgd } from '../../src/train/optimizers.ts'
import { scatter } from '../support/gradients.ts'
import { linearModel } from '../support/linear-flow.ts'

describe('the speed limit', () => {
  test.each([
    [[1], [2, -1, 3]],
    [
      [2, 0.25],
      [1, 1],
    ],
  ] as const)('is met by a straight line at constant speed, rates %j', (rates, direction) => {
    // The flow of a linear loss: theta' = -rate c, and the loss falls by the sum of rate |c|^2.
    const speed = rates.reduce((sum, rate) => sum + rate * direction.reduce((s, c) => s + c * c, 0), 0)
    const at = (t: number): PathPoint => ({
      ...{ t, loss: 8 - speed * t, rates },
      parameters: rates.map((rate) => direction.map((c) => 5 - rate * c * t)),
    })
    const { time, limit, drop, distance2, inefficiency, blocks } = speedLimit([at(0), at(0.25), at(0.5)])
    expect([time, limit, drop, inefficiency]).toEqual([0.5, 0.5, speed / 2, 1])
    expect(distance2).toBe(speed / 4)
    expect(blocks.reduce((sum, block) => sum + block.limit, 0)).toBe(limit)
  })

  test.each([0.5, 2])('of a quadratic loss is exceeded by (s/2) coth(s/2), s the decays of the weight: T = %d', (T) => {
    const { model, data } = linearModel(1, 1, 1, 3)
    const lambda = 2 * 3 * (data.x[0] as number) ** 2
    const { inefficiency } = speedLimit([...gradientFlow(model, data, { T, rtol: 1e-11, atol: 1e-13 })])
    const half = (lambda * T) / 2
    expect(inefficiency / (half / Math.tanh(half))).toBeCloseTo(1, 8)
  })

  test('holds for gradient descent with small steps and rates of its own, in all and block by block', () => {
    const [x, y] = [scatter(15), scatter(5, 1)]
    const net = new ResNet({
      ...{ width: 5, hidden: 7, depth: 4, initialV: 'normal', activation: 'tanh', dtype: 'f64' },
      readIn: new Affine(3, 5, { dtype: 'f64', seed: 1, rate: 0 }),
      readOut: new Affine(5, 1, { dtype: 'f64', seed: 2 }),
    })
    net.field.rate = 4
    const path: PathPoint[] = []
    let parameters = net.parameters.blocks.map((block) => block.parameters)
    for (const { epoch, loss } of fit(net, { x, y }, { optimizer: sgd({ lr: 1e-2 }), epochs: 200 })) {
      // The loss of an epoch is that before its step.
      path.push({ t: 1e-2 * (epoch - 1), loss, parameters, rates: [0, 4, 1] })
      parameters = net.parameters.blocks.map((block) => block.parameters)
    }
    const { time, limit, inefficiency, blocks } = speedLimit(path)
    expect(time).toBeCloseTo(1.99, 13)
    expect(inefficiency).toBeGreaterThan(1)
    expect(inefficiency).toBeCloseTo(time / limit, 12)
    expect(blocks[0]).toEqual({ distance2: 0, limit: 0 })
    expect((blocks[1]?.limit as number) + (blocks[2]?.limit as number)).toBeCloseTo(limit, 12)
    const [first, last] = [path[0], path[199]] as [PathPoint, PathPoint]
    const moved = (b: number): number => {
      const [from, to] = [first, last].map(({ parameters }) => (parameters as readonly Float64Array[])[b]) as [
        Float64Array,
        Float64Array,
      ]
      return from.reduce((sum, v, i) => sum + (v - (to[i] as number)) ** 2, 0)
    }
    expect(blocks[1]?.distance2).toBeCloseTo(moved(1) / 4, 12)
    expect(blocks[2]?.distance2).toBeCloseTo(moved(2), 12)
  })

  const point = (t: number, loss: number, ...parameters: number[][]): PathPoint => ({ t, loss, parameters })

  test('where nothing moves there is none', () => {
    const { limit, inefficiency } = speedLimit([point(0, 2, [1]), point(1, 1, [1])])
    expect([limit, inefficiency]).toEqual([0, Infinity])
  })

  test.each<[string, PathPoint[]]>([
    ['path must hold at least two points, got 1', [point(0, 1, [1])]],
    ['path must go forward in time, got t = 1 ... 1', [point(1, 2, [1]), point(1, 1, [0])]],
    ['path must end at a lower loss than it starts, got 1 ... 2', [point(0, 1, [1]), point(1, 2, [0])]],
    ['path must end at a lower loss', [point(0, 1, [1]), point(1, Number.NaN, [0])]],
    ['path must have 1 blocks and rates throughout, got 2 and 1', [point(0, 2, [1]), point(1, 1, [0], [1])]],
    ['parameters[0] must hold 1 numbers, as at the start, got 2', [point(0, 2, [1]), point(1, 1, [0, 1])]],
    ['parameters[0][0] is NaN', [point(0, 2, [1]), point(1, 1, [Number.NaN])]],
    [
      'rates[0] is 0, but the parameters of block 0 have moved',
      [{ ...point(0, 2, [1]), rates: [0] }, point(1, 1, [0])],
    ],
    ['rates[0] must be a finite number >= 0, got -1', [{ ...point(0, 2, [1]), rates: [-1] }, point(1, 1, [0])]],
  ])('%s', (message, path) => expect(() => speedLimit(path)).toThrow(message))
})
