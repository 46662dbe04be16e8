import { expect, test } from 'vitest'
import { trajectoryLength } from '../../src/theory/trajectory-length.ts'
import { scatter } from '../support/gradients.ts'

const { PI, cos, sin } = Math

test('a circle, in any plane of any space, is as long as its polygon', () => {
  // A plane in five dimensions by two orthonormal vectors.
  const a = [0.6, 0, 0.8, 0, 0]
  const b = [0, 0.5, 0, Math.sqrt(0.5), 0.5]
  const points = Array.from({ length: 201 }, (_, k) => {
    const [x, y] = [3 * cos((2 * PI * k) / 200), 3 * sin((2 * PI * k) / 200)]
    return a.map((v, j) => 7 + v * x + (b[j] as number) * y)
  }).flat()
  const { length, projected, share } = trajectoryLength(points, 5)
  const polygon = 200 * 2 * 3 * sin(PI / 200)
  expect(length).toBeCloseTo(polygon, 10)
  expect(projected).toBeCloseTo(polygon, 10)
  expect(share).toBeCloseTo(1, 12)
})

test('what lies off the first components is not counted', () => {
  // Wide along the first axis, narrow along the second, hardly anything along the third.
  const points = Array.from({ length: 101 }, (_, k) => {
    const t = (2 * PI * k) / 100
    return [10 * sin(t), 3 * sin(2 * t), 0.1 * sin(9 * t)]
  })
  const off = (components: number): number => trajectoryLength(points.flat(), 3, components).projected
  const along = (axis: number): number =>
    points
      .slice(1)
      .reduce((sum, p, k) => sum + Math.abs((p[axis] as number) - ((points[k] as number[])[axis] as number)), 0)
  expect(off(1)).toBeCloseTo(along(0), 8)
  expect(off(2)).toBeGreaterThan(off(1))
  expect(off(3)).toBeCloseTo(trajectoryLength(points.flat(), 3).length, 10)
  // Variances are 50, 4.5 and 0.005.
  expect(trajectoryLength(points.flat(), 3, 1).share).toBeCloseTo(50 / 54.505, 2)
})

test('turning space changes nothing; a path that stays has no length', () => {
  const path = [...scatter(60, 1)]
  const turned = Array.from({ length: 20 }, (_, k) => {
    const [x, y, z] = path.slice(3 * k, 3 * k + 3) as [number, number, number]
    return [0.8 * x - 0.6 * y, 0.6 * x + 0.8 * y, -z]
  }).flat()
  const [a, b] = [trajectoryLength(path, 3), trajectoryLength(turned, 3)]
  expect(b.length).toBeCloseTo(a.length, 12)
  expect(b.projected).toBeCloseTo(a.projected, 10)
  expect(a.projected).toBeLessThan(a.length)
  expect(trajectoryLength([1, 2, 1, 2, 1, 2], 2)).toEqual({ length: 0, projected: 0, share: 1 })
  expect(trajectoryLength(Float32Array.of(1, 2, 4), 1)).toEqual({ length: 3, projected: 3, share: 1 })
})

test.each<[string, () => unknown, string]>([
  ['one point', () => trajectoryLength([1, 2], 2), 'states must hold at least two points of 2 numbers, got 2'],
  ['half a point', () => trajectoryLength([1, 2, 3], 2), 'got 3 numbers'],
  ['width', () => trajectoryLength([1, 2], 0), 'width must be an integer from 1'],
  ['components', () => trajectoryLength([1, 2, 3, 4], 2, 3), 'components must be an integer from 1 to 2, got 3'],
])('misuse: %s', (_, call, message) => expect(call).toThrow(message))
