import { describe, expect, test } from 'vitest'
import { vjp } from '../../src/adjoint/vjp.ts'
import { cnf } from '../../src/cli/reproduce/cnf.ts'
import { curve, NOISE, points, SETS, setsOf } from '../../src/cli/reproduce/cnf-data.ts'
import { lawOf } from '../../src/cli/reproduce/cnf-models.ts'
import { PlanarFlow } from '../../src/cli/reproduce/cnf-planar.ts'
import { reportOf } from '../../src/cli/reproduce/cnf-report.ts'
import { type Plan, type Result, trainTask } from '../../src/cli/reproduce/cnf-train.ts'
import type { Step } from '../../src/cli/reproduce/experiment.ts'
import { parseXml } from '../plot/xml.ts'
import { at, differences, inner, relative, scatter } from '../support/gradients.ts'

describe('the points', () => {
  test.each(SETS)('%s: on two curves but for the noise, centred, from a seed', (set) => {
    const n = 4000
    const all = points(set, n, 5)
    expect(points(set, n, 5)).toEqual(all)
    expect(points(set, n, 6)).not.toEqual(all)
    const on = curve(set, 400)
    let sum = 0
    for (let i = 0; i < n; i++) {
      let least = Infinity
      for (let j = 0; j < on.length; j += 2)
        least = Math.min(least, (all[2 * i]! - on[j]!) ** 2 + (all[2 * i + 1]! - on[j + 1]!) ** 2)
      expect(Math.sqrt(least)).toBeLessThan(5 * NOISE)
      sum += least
    }
    // Across a curve the noise has one component.
    expect(sum / n / NOISE ** 2).toBeGreaterThan(0.85)
    expect(sum / n / NOISE ** 2).toBeLessThan(1.15)
    for (const j of [0, 1]) {
      const mean = all.reduce((s, v, i) => s + (i % 2 === j ? v : 0), 0) / n
      expect(Math.abs(mean)).toBeLessThan(0.12)
    }
  })

  test('the law has the entropy of two curves and the noise across them', () => {
    // Of circles of radius 2 and 1, each with half of the points; a little more, for the noise of a circle is not that of a line.
    const across = 0.5 * Math.log(2 * Math.PI * Math.E * NOISE ** 2)
    const along = 0.5 * (Math.log(2 * 2 * Math.PI * 2) + Math.log(2 * 2 * Math.PI))
    expect(Math.abs(lawOf('two-circles', 2000) + across + along)).toBeLessThan(0.03)
    expect(Math.abs(lawOf('two-moons', 2000) + across + Math.log(2 * 1.5 * Math.PI))).toBeLessThan(0.08)
  })

  test('are chosen by --data', () => {
    expect(setsOf(undefined)).toEqual(['two-circles', 'two-moons'])
    expect(setsOf('two-moons')).toEqual(['two-moons'])
    expect(() => setsOf('moons')).toThrow("--data must be one of two-circles, two-moons, got 'moons'")
    expect(cnf.identify?.(undefined)).toBe('two-circles+two-moons')
    expect(cnf.tasks(false, 'two-moons').map(({ name }) => name)).toEqual([
      'two-moons-planar-0',
      ...[0, 1, 2].map((seed) => `two-moons-mlp-${seed}`),
      ...[0, 1, 2].map((seed) => `two-moons-layers-${seed}`),
    ])
    expect(cnf.tasks(true).map(({ name }) => name)).toHaveLength(4)
  })
})

describe('the flow of planar layers', () => {
  const flow = new PlanarFlow(2, 4, 3)

  test('is a density', () => {
    const [half, n] = [8, 160]
    const x = Float64Array.from({ length: 2 * n * n }, (_, i) => {
      const cell = i % 2 ? Math.floor(i / 2 / n) : Math.floor(i / 2) % n
      return (2 * half * (cell + 0.5)) / n - half
    })
    const before = flow.parameters.blocks[0]?.parameters as Float64Array
    for (const factor of [1, 2]) {
      ;(flow.parameters.blocks[0] as { parameters: ArrayLike<number> }).parameters = before.map((p) => factor * p)
      const mass = flow.logProb(x).reduce((s, v) => s + Math.exp(v), 0) * ((2 * half) / n) ** 2
      expect(Math.abs(mass - 1)).toBeLessThan(1e-3)
    }
    ;(flow.parameters.blocks[0] as { parameters: ArrayLike<number> }).parameters = before
  })

  test.each([1, 3])('gradients against differences, %i components', (dim) => {
    const own = new PlanarFlow(dim, 3, 1)
    const [block] = own.parameters.blocks as [(typeof own.parameters.blocks)[0]]
    const x = scatter(4 * dim, 2)
    const weights = [1, -2, 0.5, 0.3]
    const [y, pullback] = vjp(own, x)
    expect(y).toEqual(own.logProb(x))
    const { dx, dparams } = pullback(weights)
    const loss = (there: Float64Array): number => inner(own.logProb(there), weights)
    expect(relative(dx, differences(loss, x))).toBeLessThan(1e-8)
    const byParameters = differences((p) => at(block, p, () => loss(x)), block.parameters)
    expect(relative(dparams, byParameters)).toBeLessThan(1e-8)
  })
})

describe('a task', () => {
  const grids = { picture: { cells: 6, half: 3 }, mass: { cells: 40, half: 6 }, held: 50, samples: 20 }
  const plan = (kind: Plan['kind'], seed = 0): Plan => ({
    set: 'two-moons',
    kind,
    seed,
    steps: 4,
    batch: 32,
    lr: 0.01,
    detail: grids,
  })
  const finish = (
    run: Generator<Step, unknown, undefined>,
    steps = Infinity,
  ): { result?: Result; checkpoint?: Uint8Array } => {
    let checkpoint: Uint8Array | undefined
    for (let i = 0; i < steps; i++) {
      const next = run.next()
      if (next.done) return { result: next.value as Result }
      expect(next.value.done).toBeGreaterThan(0)
      expect(next.value.done).toBeLessThanOrEqual(1)
      checkpoint = next.value.checkpoint()
    }
    return checkpoint === undefined ? {} : { checkpoint }
  }

  const results = (['planar', 'mlp', 'layers'] as const).map(
    (kind) => finish(trainTask(plan(kind)).run(undefined)).result as Result,
  )

  test.each(['planar', 'mlp', 'layers'] as const)(
    '%s: has the numbers it would have without an interruption',
    (kind) => {
      const whole = results.find((result) => result.kind === kind) as Result
      const { seconds: _, ...numbers } = whole
      for (const steps of [2, 5]) {
        const { checkpoint } = finish(trainTask(plan(kind)).run(undefined), steps)
        const { seconds, ...rest } = finish(trainTask(plan(kind)).run(checkpoint)).result as Result
        expect(rest).toEqual(numbers)
        expect(seconds).toBeGreaterThan(0)
      }
      expect(Math.abs(whole.mass - 1)).toBeLessThan(1e-3)
      expect(whole.course).toHaveLength(4)
      if (kind !== 'layers') expect(whole.roundTrip).toBeLessThan(1e-5)
    },
  )

  test('a damaged checkpoint is refused', () => {
    expect(() => trainTask(plan('mlp')).run(Uint8Array.of(1, 2)).next()).toThrow('damaged')
  })

  test('the report has all numbers but pictures, well-formed figures, and a row for each model', () => {
    const more = (['mlp', 'layers'] as const).map(
      (kind) => finish(trainTask(plan(kind, 1)).run(undefined)).result as Result,
    )
    const { numbers, figures, text } = reportOf([...results, ...more])
    expect(Object.keys(figures)).toEqual(['cnf-two-moons.svg', 'cnf-two-moons-time.svg', 'cnf-training.svg'])
    for (const svg of Object.values(figures)) parseXml(svg)
    expect(JSON.stringify(numbers)).not.toContain('pictures')
    expect(numbers).toMatchObject({
      models: [
        { kind: 'planar', law: lawOf('two-moons', 50) },
        { kind: 'mlp' },
        { kind: 'layers' },
        { kind: 'mlp', law: lawOf('two-moons', 50, 1) },
        { kind: 'layers' },
      ],
    })
    // One row a model, and one for the two that are compared.
    expect(text.match(/two-moons/g)).toHaveLength(4)
    const of = (kind: string, seed: number): Result =>
      [...results, ...more].find((result) => result.kind === kind && result.seed === seed) as Result
    const leads = [0, 1].map((seed) => of('mlp', seed).nats - of('layers', seed).nats)
    const lead = ((leads[0] as number) + (leads[1] as number)) / 2
    expect((numbers as { leads: { mean: number }[] }).leads[0]?.mean).toBeCloseTo(lead, 10)
    expect(text).toContain(`on the same points: ${lead < 0 ? '' : '+'}${lead.toFixed(4)} +- `)
    // Seeds have points of their own.
    expect(of('mlp', 0).logs).not.toEqual(of('mlp', 1).logs)
    expect(lawOf('two-moons', 50, 1)).not.toBe(lawOf('two-moons', 50))
  })
})
