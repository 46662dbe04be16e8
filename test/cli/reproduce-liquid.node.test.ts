import { describe, expect, test } from 'vitest'
import { liquid } from '../../src/cli/reproduce/liquid.ts'
import { ROWS, waveSeries } from '../../src/cli/reproduce/liquid-data.ts'
import { ACTIVATIONS, FORMS, pathOf, SPREADS } from '../../src/cli/reproduce/liquid-probe.ts'
import { CELLS, type Cell, type CellResult, type Name, PROBE, taskOf } from '../../src/cli/reproduce/liquid-train.ts'
import { parseXml } from '../plot/xml.ts'

describe('the waves', () => {
  const { x, y } = waveSeries(50, 3)
  test('are seen at irregular times, three in ten values missing, and asked for at the last', () => {
    expect(x).toHaveLength(50 * ROWS * 3)
    let [missing, longest] = [0, 0]
    for (let i = 0; i < 50; i++) {
      const row = (k: number): Float32Array => x.subarray((i * ROWS + k) * 3, (i * ROWS + k) * 3 + 3)
      for (let k = 0; k < ROWS; k++) longest = Math.max(longest, row(k)[0] as number)
      for (let k = 0; k < ROWS - 1; k++) missing += row(k).filter(Number.isNaN).length
      expect([...row(ROWS - 1)].slice(1)).toEqual([Number.NaN, Number.NaN])
      // A point of a circle of radius 0.5 to 1.
      const radius = Math.hypot(y[2 * i] as number, y[2 * i + 1] as number)
      expect(radius).toBeGreaterThan(0.5)
      expect(radius).toBeLessThan(1)
    }
    expect(missing / (50 * (ROWS - 1) * 2)).toBeCloseTo(0.3, 1)
    expect(longest).toBeGreaterThan(0.55)
    expect(longest).toBeLessThan(0.6)
  })
  test('the same from the same seed', () => {
    expect(waveSeries(50, 3)).toEqual({ x, y })
    expect(waveSeries(50, 4).y).not.toEqual(y)
  })
})

/** Runs a task, with a pause after some of its steps, from whose checkpoint another run goes on. */
function run(cell: Cell, pause?: number): CellResult {
  let resume: Uint8Array | undefined
  for (;;) {
    const running = taskOf(cell).run(resume)
    let steps = 0
    for (let step = running.next(); ; step = running.next()) {
      if (step.done) return step.value as CellResult
      if (++steps !== pause || resume !== undefined) continue
      resume = step.value.checkpoint()
      running.return(undefined)
      break
    }
  }
}

describe.each(Object.keys(CELLS) as Name[])('a task: %s', (name) => {
  const cell: Cell = { name, seed: 1, epochs: 3, series: 40, tests: 40, batch: 20, lr: 0.01 }
  const result = run(cell)
  test('trains, and has the same bits after a pause', () => {
    expect(result.steps).toBe(6)
    expect(result.rmse).toBeGreaterThan(0.2)
    expect(result.rmse).toBeLessThan(1.5)
    expect(run(cell, 2)).toEqual(result)
  })
})

test('the paths of the probe: states that the input alone drives, for any weights', () => {
  for (const activation of ACTIVATIONS) {
    for (const form of FORMS) {
      const path = pathOf({ form, activation, spread: 1 }, 0)
      expect(path).toHaveLength(101 * 50)
      expect(path.every(Number.isFinite)).toBe(true)
      // Bounded by the reversal potentials, or by the activation; a neural ODE is not.
      if (form === 'CT-RNN') expect(Math.max(...path.map(Math.abs))).toBeLessThanOrEqual(1)
    }
  }
})

describe('the report', () => {
  const report = (quick: boolean) => {
    const names = liquid.tasks(quick).map(({ name }) => name)
    const results = new Map<string, unknown>(
      names.map((name, i) => [name, { parameters: 1000 + i, steps: 1, loss: 1, rmse: (i + 1) / 64 }]),
    )
    const probes = ACTIVATIONS.flatMap((activation) =>
      FORMS.flatMap((form) => SPREADS.map((spread) => ({ form, activation, spread, length: spread * 2, share: 0.9 }))),
    )
    return liquid.report(results.set(PROBE, probes), quick)
  }
  test('has every cell, and every form of the probe', () => {
    const { text, numbers } = report(false)
    expect(text).toMatch(/^RNN +0\.0313 +0\.0156 to 0\.0469 +1000/m)
    expect(text).toMatch(/^LTC +0\.2188 /m)
    expect(text).toMatch(/^sigmoid +LTC +2\.00 +4\.00 +8\.00 +16\.0/m)
    const { waves, probes } = numbers as { waves: object[]; probes: object[] }
    expect(waves).toHaveLength(5)
    expect(probes).toHaveLength(24)
  })
  test.each([false, true])('draws two figures, quick: %s', (quick) => {
    const { figures } = report(quick)
    expect(Object.keys(figures)).toEqual(['liquid.svg', 'liquid-lengths.svg'])
    for (const svg of Object.values(figures)) {
      expect(parseXml(svg).name).toBe('svg')
      expect(svg).not.toMatch(/NaN|undefined|Infinity/)
    }
  })
})
