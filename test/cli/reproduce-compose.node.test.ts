import { describe, expect, test } from 'vitest'
import { compose } from '../../src/cli/reproduce/compose.ts'
import { functionSamples, spiralMoments, spiralSamples } from '../../src/cli/reproduce/compose-data.ts'
import { entriesOf } from '../../src/cli/reproduce/compose-entries.ts'
import { type Cell, type CellResult, nameOf, PICTURE, taskOf } from '../../src/cli/reproduce/compose-train.ts'
import { parseXml } from '../plot/xml.ts'

const { PI, sin, cos, hypot, abs } = Math

describe('the data of section 4', () => {
  test('the function is the sum of the paper', () => {
    const [a, b] = [
      [0.3, 0.2, 0.2, 0.3],
      [2 * PI, 4 * PI],
    ] as const
    const [c, d] = [[2, 4, 8, 4].map((v) => v * PI), [4, 6, 8, 6].map((v) => v * PI)] as const
    const f = (x: readonly number[]): number => {
      let sum = 0
      for (const i of [0, 1]) {
        for (const j of [0, 1]) {
          const [xi, xj, k] = [x[i] as number, x[j] as number, 2 * i + j]
          const wave = sin((b[i] as number) * xi + (c[k] as number) * xi * xj)
          sum += (a[k] as number) * wave * cos((b[j] as number) * xj + (d[k] as number) * xi * xi)
        }
      }
      return sum
    }
    const { x, y } = functionSamples(7, 500)
    for (const [i, value] of y.entries()) expect(abs(value - f([...x.subarray(2 * i, 2 * i + 2)]))).toBeLessThan(1e-7)
    expect(Math.min(...x)).toBeLessThan(0.01)
    expect(Math.max(...x)).toBeGreaterThan(0.99)
    expect(functionSamples(8, 500).x).not.toEqual(x)
  })

  test('the spirals: a point is within 0.006 of its own, standardised, both classes and all turns', () => {
    const { mean, deviation } = spiralMoments()
    const { x, y } = spiralSamples(7, 2000)
    const radii = [0, 1].map(() => [] as number[])
    for (let i = 0; i < 2000; i++) {
      const [px, py] = [0, 1].map((c) => (x[2 * i + c] as number) * (deviation[c] as number) + (mean[c] as number))
      const [u, v] = [52 * (px as number) - 26, 52 * (py as number) - 26]
      const own = y[2 * i + 1] as number
      expect((y[2 * i] as number) + own).toBe(1)
      // By how much the radius misses the nearest turn of the spiral at this angle; inside 0.006 on the radius is within 0.006.
      const turn = (hypot(u, v) - own - Math.atan2(v, u) / PI) / 2
      const miss = (abs(turn - Math.round(turn)) * 2) / 52
      // Near the middle a point may lie across it, where the angle says nothing.
      if (hypot(u, v) > 0.4) expect(miss).toBeLessThan(0.006 + 1e-6)
      radii[own]?.push(hypot(u, v))
    }
    for (const [own, of] of radii.entries()) {
      expect(of).toHaveLength(1000)
      expect(Math.min(...of)).toBeLessThan(3)
      expect(Math.max(...of)).toBeGreaterThan(own + 23.5)
    }
    for (const c of [0, 1]) {
      const values = x.filter((_, i) => i % 2 === c)
      expect(abs(values.reduce((s, v) => s + v, 0) / 2000)).toBeLessThan(0.1)
      expect(abs(values.reduce((s, v) => s + v * v, 0) / 2000 - 1)).toBeLessThan(0.1)
    }
  })
})

/** Runs a task to its end; `pause`: stops after so many steps and begins again from the checkpoint. */
function run(cell: Cell, pause = Number.POSITIVE_INFINITY): { result: CellResult; steps: number } {
  let training = taskOf(cell).run(undefined)
  for (let steps = 1; ; steps++) {
    const step = training.next()
    if (step.done) return { result: step.value as CellResult, steps }
    expect(step.value.done).toBeGreaterThan(0)
    if (steps !== pause) continue
    const bytes = step.value.checkpoint()
    training.return(undefined)
    training = taskOf(cell).run(bytes)
  }
}

const cells: readonly Cell[] = [
  { problem: 'function', n: 12, r: 2, seed: 0, steps: 300, batch: 50, lr: 0.02, clip: 1 },
  { problem: 'spirals', n: 10, r: 3, seed: 1, steps: 300, batch: 50, lr: 0.01, clip: 0.1 },
]

describe.each(cells)('a task: $problem', (cell) => {
  const { result, steps } = run(cell)

  test('trains the network of the paper and scores it on the test set', () => {
    const { n } = cell
    expect(result.parameters).toBe(cell.problem === 'function' ? n * n + 5 * n + 1 : n * n + 6 * n + 2)
    expect(result.picture).toHaveLength(PICTURE[cell.problem] ** 2)
    const { mse, max, accuracy } = result.scores as Record<string, number>
    if (cell.problem === 'function') {
      // The variance of f is 0.067: something is learned, not much.
      expect(mse).toBeLessThan(0.06)
      expect(max).toBeGreaterThan(Math.sqrt(mse as number))
      expect(abs((mse as number) / result.loss - 1)).toBeLessThan(0.3)
    } else {
      expect(accuracy).toBeGreaterThan(0.5)
      expect(accuracy).toBeLessThan(0.7)
    }
  })

  test('reports several times, and ends with the same bits after a pause', () => {
    expect(steps).toBe(300 / (cell.problem === 'function' ? 10 : 50))
    for (const pause of [1, steps - 1]) expect(run(cell, pause).result).toEqual(result)
  })

  test('another seed is another run', () => expect(run({ ...cell, seed: 5 }).result).not.toEqual(result))
})

describe('the report', () => {
  const canned = (problem: string, score: number): CellResult => ({
    ...{
      parameters: 10501,
      loss: 1,
      scores: problem === 'function' ? { mse: score, max: 2 * score } : { accuracy: score },
    },
    picture: Array.from({ length: PICTURE[problem as Cell['problem']] ** 2 }, (_, i) => ((i % 7) - 3) / 4),
  })
  const report = (quick: boolean) => {
    const names = compose.tasks(quick).map(({ name }) => name)
    return compose.report(
      new Map(names.map((name, i) => [name, canned(name.split(' ')[0] as string, (i + 1) / 32)])),
      quick,
    )
  }

  test('has every cell beside the value of the paper', () => {
    const { text, numbers } = report(false)
    expect(text).toMatch(/^100 {2}4 {2}1\.25e-1 {2}1\.27e-5 {2}2\.50e-1 {2}2\.77e-2 /m)
    expect(text).toMatch(/^200 {2}1 {2}1\.56e-1 {2}8\.92e-3 /m)
    expect(text).toMatch(/^40 {2}4 {4}0\.9688 {2}0\.9040 /m)
    const entries = numbers as { problem: string; n: number; r: number; samples: number; paper: { mse: number } }[]
    expect(entries).toHaveLength(16)
    expect(entries[3]).toMatchObject({ problem: 'function', n: 100, r: 4, paper: { mse: 1.27e-5, max: 2.77e-2 } })
    expect(entries[3]?.samples).toBeGreaterThan(1e6)
  })

  test('has nothing of the paper where the widths are others', () => {
    expect(report(true).text).toMatch(/^24 {2}1 {2}3\.1\de-2 {6}- /m)
  })

  test.each([false, true])('draws three figures, quick: %s', (quick) => {
    const { figures } = report(quick)
    expect(Object.keys(figures)).toEqual(['compose.svg', 'compose-function.svg', 'compose-spirals.svg'])
    for (const svg of Object.values(figures)) {
      expect(parseXml(svg).name).toBe('svg')
      expect(svg).not.toMatch(/NaN|undefined|Infinity/)
    }
  })

  test('runs of one cell stand for their median', () => {
    const [cell] = cells as readonly [Cell]
    const runs = [0.3, 0.1, 0.2].map((score, seed) => [{ ...cell, seed }, canned('function', score)] as const)
    const entries = entriesOf(
      runs.map(([run]) => run),
      new Map(runs.map(([run, result]) => [nameOf(run), result])),
    )
    expect(entries.map(({ median, runs }) => [median.scores.mse, runs.length])).toEqual([[0.2, 3]])
  })
})
