// The parts of the workloads that decide what is compared: the tasks, the graph that onnxruntime gets, and figures from times.
import { expect, test } from 'vitest'
// @ts-expect-error: a script of the bench has no types
import { layerModel, rk4Model } from '../../bench/peers/onnx.mjs'
// @ts-expect-error: a script of the bench has no types
import { agreed } from '../../bench/workloads/compared.mjs'
// @ts-expect-error: a script of the bench has no types
import { prepare } from '../../bench/workloads/relode.mjs'
// @ts-expect-error: a script of the bench has no types
import { figuresFrom as startFigures } from '../../bench/workloads/start.mjs'
// @ts-expect-error: a script of the bench has no types
import { dataOf, TASKS } from '../../bench/workloads/tasks.mjs'
// @ts-expect-error: a script of the bench has no types
import { atEqualError } from '../../bench/workloads/w6.mjs'
import * as flows from '../../src/flows/index.ts'
import * as relode from '../../src/index.ts'

const relu = (z: number): number => (z > 0 ? z : 0)

/** x W^T + b, and an activation, in doubles. */
function dense(
  x: number[],
  [n, k]: [number, number],
  params: Float32Array,
  at: number,
  act: (z: number) => number,
): number[] {
  return Array.from({ length: n }, (_, j) => {
    let sum = params[at + n * k + j] as number
    for (let i = 0; i < k; i++) sum += (params[at + j * k + i] as number) * (x[i] as number)
    return act(sum)
  })
}

test('a layer is relu(x W^T + b)', () => {
  const { params, x } = dataOf(TASKS['w5-16x64'])
  const expected = Array.from({ length: 16 }, (_, row) =>
    dense([...x.subarray(64 * row, 64 * row + 64)], [64, 64], params, 0, relu),
  )
  const values: Float32Array = prepare(relode, 'w5-16x64').values()
  expect(values).toHaveLength(16 * 64)
  for (const [i, value] of expected.flat().entries()) expect(values[i]).toBeCloseTo(value, 5)
})

test('the edge network is stepped forty times by the classic method', () => {
  const { params, x } = dataOf(TASKS.w3)
  const size = 64 * 64 + 64
  const field = (y: number[]): number[] => {
    const first = dense(y, [64, 64], params, 0, relu)
    return dense(dense(first, [64, 64], params, size, relu), [64, 64], params, 2 * size, (z) => z)
  }
  const along = (y: number[], h: number, k: number[]): number[] => y.map((value, i) => value + h * (k[i] as number))
  let y = [...x] as number[]
  const h = 1 / 40
  for (let step = 0; step < 40; step++) {
    const k1 = field(y)
    const k2 = field(along(y, h / 2, k1))
    const k3 = field(along(y, h / 2, k2))
    const k4 = field(along(y, h, k3))
    y = [k1, k2, k2, k3, k3, k4].reduce((sum, k) => along(sum, h / 6, k), y)
  }
  const { values, nfe } = prepare(relode, 'w3')
  expect(nfe).toBe(160)
  for (const [i, value] of y.entries()) expect(values()[i]).toBeCloseTo(value, 5)
})

test('a run is one gradient step, which leaves the problem as it is', () => {
  const task = prepare(relode, 'w2-tanh')
  const before = task.values()
  expect(before).toHaveLength(252)
  expect(before.some((value: number) => Math.abs(value) > 1e-3)).toBe(true)
  for (let i = 0; i < 5; i++) task.run()
  expect(task.values()).toEqual(before)
})

test('densities are those of the flow, and a run is one step of maximum likelihood', () => {
  const library = { ...relode, ...flows }
  const { x } = dataOf(TASKS['w7-forward'])
  expect(x).toHaveLength(2 * 256)
  const { values, nfe } = prepare(library, 'w7-forward')
  expect(values()).toHaveLength(256)
  // dopri5: 2 + 6 for each step.
  expect((nfe - 2) % 6).toBe(0)
  const task = prepare(library, 'w7-gradient')
  const before = task.values()
  expect(before).toHaveLength(3 * 64 + 64 + 64 * 64 + 64 + 64 * 2 + 2)
  expect(before.some((value: number) => Math.abs(value) > 1e-2)).toBe(true)
  task.run()
  expect(task.values()).toEqual(before)
})

/** Fields of a message of protobuf, by number. */
function fieldsOf(bytes: Uint8Array): Map<number, (bigint | Uint8Array)[]> {
  const fields = new Map<number, (bigint | Uint8Array)[]>()
  let at = 0
  const varint = (): bigint => {
    let [value, shift] = [0n, 0n]
    for (;;) {
      const byte = bytes[at++] as number
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
      shift += 7n
    }
  }
  while (at < bytes.length) {
    const key = varint()
    const field = Number(key >> 3n)
    let value: bigint | Uint8Array = varint()
    // Wire type 2 is as many bytes.
    if ((key & 7n) === 2n) {
      const length = Number(value)
      value = bytes.subarray(at, at + length)
      at += length
    }
    fields.set(field, [...(fields.get(field) ?? []), value])
  }
  return fields
}

const parts = (bytes: unknown, field: number): Uint8Array[] =>
  (fieldsOf(bytes as Uint8Array).get(field) ?? []) as Uint8Array[]
const text = (bytes: unknown, field: number): string => new TextDecoder().decode(parts(bytes, field)[0])

test('a graph of ONNX holds the weights as they are, and the loop inside', () => {
  const task = { ...TASKS.w3, sizes: [3, 300, 3], batch: 2 }
  const data = dataOf(task)
  const model = rk4Model(task, data)
  // ir_version 9, opset 17.
  expect(fieldsOf(model).get(1)).toEqual([9n])
  expect(fieldsOf(parts(model, 8)[0] as Uint8Array).get(2)).toEqual([17n])
  const [graph] = parts(model, 7)
  expect(parts(graph, 1).map((node) => text(node, 4))).toEqual(['Loop'])
  const weights = parts(graph, 5).map((tensor) => ({
    name: text(tensor, 8),
    dims: fieldsOf(tensor).get(1),
    raw: parts(tensor, 9)[0],
  }))
  expect(weights.slice(0, 4).map(({ name, dims }) => [name, dims])).toEqual([
    ['w0', [300n, 3n]],
    ['b0', [300n]],
    ['w1', [3n, 300n]],
    ['b1', [3n]],
  ])
  const joined = weights
    .slice(0, 4)
    .flatMap(({ raw = new Uint8Array() }) => [...new Float32Array(Uint8Array.from(raw).buffer)])
  expect(joined).toEqual([...data.params])
  // The body: four evaluations of two products each.
  const [attribute] = parts(parts(graph, 1)[0], 5)
  const [body] = parts(attribute, 6)
  const ops = parts(body, 1).map((node) => text(node, 4))
  expect(ops.filter((op) => op === 'Gemm')).toHaveLength(8)
  expect(ops.filter((op) => op === 'Relu')).toHaveLength(4)
})

test('a layer of ONNX ends with its relu', () => {
  const [graph] = parts(layerModel(TASKS['w5-1x64'], dataOf(TASKS['w5-1x64'])), 7)
  const nodes = parts(graph, 1)
  expect(nodes.map((node) => text(node, 4))).toEqual(['Gemm', 'Relu'])
  expect(text(nodes[1], 2)).toBe('y')
})

test('who gives other numbers is not timed', async () => {
  const of = (name: string, numbers: number[]): object => ({ name, values: () => numbers })
  const all = [of('relode', [1, 2]), of('near', [1, 2.0001]), { name: 'a ceiling' }]
  expect(await agreed('w1', all, 1e-3)).toEqual([expect.stringContaining('farthest from relode: near')])
  await expect(agreed('w1', [...all, of('far', [1, 3])], 1e-3)).rejects.toThrow(/^w1: far and relode differ by 4\.5e-1/)
  await expect(agreed('w1', [...all, of('lost', [1, Number.NaN])], 1e-3)).rejects.toThrow('lost')
})

test('times at an equal error, round by round, and nobody who does not get there', () => {
  const point = (solver: string, tol: number, error: number): object => ({
    name: `${solver}${tol}`,
    solver,
    package: solver,
    tol,
    error,
  })
  const all = [point('a', 1, 1e-2), point('a', 2, 1e-4), point('b', 1, 1e-3), point('c', 1, 1e-1)]
  const times = { a1: [10, 20], a2: [40, 80], b1: [7, 8], c1: [1, 1] }
  const found = atEqualError(all, times, 1e-3)
  expect([...found.keys()]).toEqual(['a', 'b'])
  // Halfway in the logarithms.
  expect(found.get('a').costs.map(Math.round)).toEqual([20, 40])
  expect(found.get('b').costs).toEqual([7, 8])
})

test('of two versions of a runtime the slower one counts', () => {
  const ms = (median: number): object => ({ low: median, median, high: median })
  const rows = [
    { name: 'Node 20', kind: 'Node', process: ms(80), import: ms(13) },
    { name: 'Node 24', kind: 'Node', process: ms(70), import: ms(12) },
    { name: 'workerd', kind: 'workerd', import: ms(9) },
    { name: 'JAX', process: ms(900) },
  ]
  const figures: { name: string; median: number }[] = startFigures(rows)
  expect(figures.map(({ name, median }) => [name, median])).toEqual([
    ['Node', 13],
    ['workerd', 9],
    ['import → first result: Node 20', 13],
    ['import → first result: Node 24', 12],
    ['import → first result: workerd', 9],
    ['process → first result: Node 20', 80],
    ['process → first result: Node 24', 70],
    ['process → first result: JAX', 900],
  ])
})
