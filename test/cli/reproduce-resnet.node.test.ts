import { describe, expect, test } from 'vitest'
import type { Task } from '../../src/cli/reproduce/experiment.ts'
import { resnet } from '../../src/cli/reproduce/resnet.ts'
import { type LimitResult, limitTask } from '../../src/cli/reproduce/resnet-limit.ts'
import { type RunResult, runTask } from '../../src/cli/reproduce/resnet-run.ts'
import { lossOf, makeNet, type Setting } from '../../src/cli/reproduce/resnet-training.ts'

const setting: Setting = {
  ...{ activation: 'gelu', convention: 'paper', samples: 10, hidden: 4, depth: 6, lr: 1e-2 },
  ...{ iterations: 9, dtype: 'f64', seed: 3 },
}
const run = runTask({ name: 'run', setting, times: [0, 4, 9], curves: [9], track: true })
const model = { name: 'limit', activation: 'relu', convention: 'code' } as const
const limit = limitTask({ ...model, depths: [2, 4], reference: 16, times: [0, 2, 5] })

/** The result of a task that is interrupted after every `every` of its steps. */
function interrupted(task: Task, every: number): unknown {
  let saved: Uint8Array | undefined
  for (;;) {
    const running = task.run(saved)
    let step = running.next()
    for (let i = 1; i < every && !step.done; i++) step = running.next()
    if (step.done) return step.value
    saved = step.value.checkpoint()
    running.return(undefined)
  }
}

describe.each([
  ['a training', run],
  ['trainings in lock step', limit],
])('%s', (_, task) => {
  test.each([2, 3])('interrupted after every %i steps gives the same result', (every) => {
    const whole = interrupted(task, Number.POSITIVE_INFINITY)
    expect(interrupted(task, every)).toEqual(whole)
    // What goes to the disk comes back.
    expect(JSON.parse(JSON.stringify(whole))).toEqual(whole)
  })

  test('a damaged state is refused', () => {
    const running = task.run(undefined)
    const step = running.next()
    if (step.done) throw new Error('the task has no steps')
    const bytes = step.value.checkpoint()
    running.return(undefined)
    for (const damaged of [bytes.slice(0, 2), bytes.slice(0, bytes.length - 1), bytes.map(() => 0)]) {
      expect(() => task.run(damaged).next()).toThrow(/the state of the task must hold/)
    }
  })
})

test('a training records what it was asked for', () => {
  const { records } = interrupted(run, Number.POSITIVE_INFINITY) as RunResult
  expect(records.map(({ t }) => t)).toEqual([0, 4, 9])
  const [start, , end] = records as [RunResult['records'][0], unknown, RunResult['records'][0]]
  // Tied, with V = 0: the network is the identity, and the loss that of x against y.
  expect([start.max, start.sum, start.V.maxStep, start.W.maxStep]).toEqual([0, 0, 0, 0])
  const net = makeNet(setting)
  expect(start.loss).toBe(lossOf(net, setting))
  net.dispose()
  expect(end.loss).toBeLessThan(start.loss)
  expect(end.max).toBeGreaterThanOrEqual(Math.max(end.V.maxStep, end.W.maxStep))
  expect(end.V.entries?.length).toBe(6)
  expect(start.V.entries).toBeUndefined()
})

test('distances to the reference: none at the start, smaller for the deeper network', () => {
  const { theorem, code, losses } = interrupted(limit, Number.POSITIVE_INFINITY) as LimitResult
  for (const index of [theorem, code]) {
    expect(index[0]).toEqual([
      { V: 0, W: 0 },
      { V: 0, W: 0 },
    ])
    const [two, four] = index[2] as unknown as [{ V: number }, { V: number }]
    expect(four.V).toBeLessThan(two.V)
    expect(four.V).toBeGreaterThan(0)
  }
  expect(losses.length).toBe(3)
})

describe('the report', () => {
  const tensor = (step: number) => ({ maxStep: step, meanStep: step, relStep: step, entries: [1, 2] })
  const canned = (depth: number): RunResult => ({
    setting: { ...setting, depth },
    records: [0, 50, 500].map((t) => {
      const step = (1e-3 * t) / depth
      return { t, loss: 2 - t / 1000, V: tensor(step), W: tensor(step), max: step, sum: t / Math.sqrt(depth) }
    }),
  })
  const depths = [2, 4, 8]
  const distances = [0, 1, 5, 50].map((t) => depths.map((depth) => ({ V: t / depth, W: t / depth ** 2 })))
  const results = new Map<string, unknown>([
    ...depths.map((depth) => [`depth-gelu-code-${depth}`, canned(depth)] as const),
    ['long-relu', canned(64)],
    ['counter-64', { layers: 64, weights: [-0.015625, 1.40142] }],
    [
      'limit-gelu-code',
      {
        ...model,
        activation: 'gelu',
        depths,
        reference: 16,
        times: [0, 1, 5, 50],
        theorem: distances,
        code: distances,
        losses: [],
      },
    ],
  ])

  test('of some results has their tables, slopes and figures, and nothing of the others', () => {
    const { text, numbers, figures } = resnet.report(results, true)
    expect(text).toContain('Figure 1, left: GELU, scaling of the code')
    expect(text).toMatch(/^slope +-1.000 +-0.500 +-1.000$/m)
    expect(text).toMatch(
      /^4 +1.25e-2 \(4.09e-2\) +5.00e-2 +25.0 \(0.241\) +0.125 \(0.694\) +0.500 +1.5000 \(0.9568\)$/m,
    )
    expect(text).toMatch(/^slope +-1.000 +-2.000 +-1.000 +-2.000$/m)
    expect(text).toMatch(/^64 +-0.0156 \(-0.0156\) +1.4014 \(1.4014\) +1.4014$/m)
    expect(text).toContain('Figure 2: ReLU')
    expect(text).not.toMatch(/Figure 1, left: ReLU|What is chance|Figure 2: GELU/)
    expect(Object.keys(figures)).toEqual([
      'resnet-depth.svg',
      'resnet-limit.svg',
      'resnet-long.svg',
      'resnet-start.svg',
    ])
    const { slopes } = numbers as { slopes: Record<string, { max50: number | null }> }
    expect(slopes['gelu-code']?.max50).toBeCloseTo(-1, 12)
    expect(slopes['relu-code']?.max50).toBeNull()
  })

  test('names of tasks are unique; quick ones are less work', () => {
    const work = (tasks: readonly Task[]) => tasks.reduce((sum, { cost }) => sum + cost, 0)
    for (const quick of [true, false]) {
      const names = resnet.tasks(quick).map(({ name }) => name)
      expect(new Set(names).size).toBe(names.length)
    }
    expect(work(resnet.tasks(true))).toBeLessThan(work(resnet.tasks(false)) / 50)
  })
})
