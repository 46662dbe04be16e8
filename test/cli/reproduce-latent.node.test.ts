import { describe, expect, test } from 'vitest'
import { latent } from '../../src/cli/reproduce/latent.ts'
import { rmse, spirals, times, WINDOW } from '../../src/cli/reproduce/latent-data.ts'
import { type Cell, type CellResult, taskOf } from '../../src/cli/reproduce/latent-train.ts'
import { parseXml } from '../plot/xml.ts'

const { cos, sin, PI, abs, sqrt } = Math

describe('the spirals', () => {
  const rows = 40
  const data = spirals(rows, 30, 2)
  const at = (k: number, i: number): [number, number] => [
    data.truth[(k * rows + i) * 2] as number,
    data.truth[(k * rows + i) * 2 + 1] as number,
  ]

  test('are those of latent_ode.py of torchdiffeq, to rounding', () => {
    const starts = new Set<number>()
    for (let i = 0; i < rows; i++) {
      // The start is the only point at which all of the series fits.
      const place = (k: number): [number, number] => {
        const angle = (6 * PI * k) / 499
        if (i % 2 === 1) return [0.3 * angle * cos(angle) + 5, 0.3 * angle * sin(angle)]
        const z = 6 * PI + 1 - angle
        return [(15 / z) * cos(z) - 5, (15 / z) * sin(z)]
      }
      const near = (k: number): number => {
        const [x, y] = place(k)
        return abs(x - at(0, i)[0]) + abs(y - at(0, i)[1])
      }
      const start = Array.from({ length: 300 }, (_, k) => k).reduce((best, k) => (near(k) < near(best) ? k : best))
      starts.add(start)
      for (let k = 0; k < 2 * WINDOW; k++) {
        const [[x, y], [u, v]] = [at(k, i), place(start + k)]
        if (start + k < 400) expect(abs(x - u) + abs(y - v)).toBeLessThan(1e-12)
        else expect(x).toBeNaN()
      }
    }
    expect(starts.size).toBeGreaterThan(30)
    expect(times[1]).toBeCloseTo((6 * PI) / 499, 15)
  })

  test('so many points are seen, none twice, with the noise there should be', () => {
    let [sum, count] = [0, 0]
    for (let i = 0; i < rows; i++) {
      const own = Array.from({ length: WINDOW }, (_, k) => k).filter(
        (k) => !Number.isNaN(data.seen[(i * WINDOW + k) * 2]),
      )
      expect(own).toHaveLength(30)
      for (const k of own) {
        for (const j of [0, 1]) {
          sum += ((data.seen[(i * WINDOW + k) * 2 + j] as number) - (at(k, i)[j] as number)) ** 2
          count++
        }
      }
    }
    expect(sqrt(sum / count)).toBeGreaterThan(0.28)
    expect(sqrt(sum / count)).toBeLessThan(0.32)
    expect(spirals(rows, 30, 2).seen).toEqual(data.seen)
    expect(spirals(rows, 30, 3).seen).not.toEqual(data.seen)
  })

  test('errors are of what there is', () => {
    const off = data.truth.slice(WINDOW * rows * 2).map((v) => (Number.isNaN(v) ? 7 : v + 0.5))
    expect(rmse(off, data, WINDOW)).toBeCloseTo(0.5, 12)
  })
})

/** Runs a task, with a pause after some of its steps, from whose checkpoint another run goes on. */
function run(cell: Cell, pause?: number): { result: CellResult; steps: number } {
  const drain = (
    resume: Uint8Array | undefined,
    stop: number,
  ): { result?: CellResult; bytes?: Uint8Array; steps: number } => {
    const running = taskOf(cell).run(resume)
    let [steps, bytes] = [0, undefined as Uint8Array | undefined]
    for (let step = running.next(); ; step = running.next()) {
      if (step.done) return { result: step.value as CellResult, steps }
      steps++
      expect(step.value.done).toBeLessThan(1)
      if (steps === stop) {
        bytes = step.value.checkpoint()
        running.return(undefined)
        return { bytes, steps }
      }
    }
  }
  const first = drain(undefined, pause ?? Infinity)
  const last = pause === undefined ? first : drain(first.bytes, Infinity)
  return { result: last.result as CellResult, steps: first.steps }
}

describe.each(['latent ODE', 'RNN'] as const)('a task: %s', (model) => {
  const cell: Cell = { model, count: 30, rows: 30, seed: 1, epochs: 4, batch: 10, lr: 0.01 }
  const { result, steps } = run(cell)

  test('trains the model, and continues every spiral', () => {
    // Gated 3 (25 * 3 + 25 * 25 + 50), head 650 + 104, field 60 + 420 + 42, decoder 6; or 25 * 29 and 52.
    expect(result.parameters).toBe(model === 'RNN' ? 777 : 3532)
    expect(result.steps).toBe(12)
    expect(result.rmse).toBeGreaterThan(0.5)
    expect(result.inside === null).toBe(model === 'RNN')
    expect(result.pictures).toHaveLength(4)
    for (const { seen, truth, path } of result.pictures) {
      expect(seen).toHaveLength(30)
      expect(truth.length).toBeGreaterThan(100)
      expect(path).toHaveLength(model === 'RNN' ? 100 : 200)
    }
  })

  test('ends with the same bits after a pause', () => {
    expect(steps).toBe(3)
    expect(run(cell, 2).result).toEqual(result)
  })

  test('another seed is another run', () => expect(run({ ...cell, seed: 5 }).result).not.toEqual(result))
})

describe('the report', () => {
  const canned = (rnn: boolean, error: number): CellResult => {
    const truth = Array.from({ length: 180 }, (_, k): [number, number] => [cos(k / 30), sin(k / 30)])
    const path = Array.from({ length: rnn ? 100 : 200 }, (_, k): [number, number] => [k / 100, 0])
    const pictures = Array.from({ length: 4 }, () => ({ seen: truth.slice(0, 30), truth, path }))
    return { parameters: 777, steps: 100, rmse: error, inside: rnn ? null : error / 2, loss: 1, pictures }
  }
  const report = (quick: boolean) => {
    const names = latent.tasks(quick).map(({ name }) => name)
    return latent.report(new Map(names.map((name, i) => [name, canned(name.startsWith('RNN'), (i + 1) / 32)])), quick)
  }

  test('has every training, and the mean of the seeds beside the value of the paper', () => {
    const { text, numbers } = report(false)
    // 1/32 a training, in their order.
    expect(text).toMatch(/^30\/100 +RNN +0\.0625 +0\.3937 +0\.0313 0\.0625 0\.0938 +- - - /m)
    expect(text).toMatch(/^100\/100 +latent ODE +0\.5313 +0\.1346 +0\.5000 0\.5313 0\.5625 +0\.2500 /m)
    expect(numbers).toHaveLength(18)
    expect((numbers as object[])[3]).toMatchObject({ model: 'latent ODE', count: 30, seed: 0, paper: 0.1642 })
    expect(report(true).numbers).toHaveLength(4)
  })

  test('the figure has a dot for every training, and a line through the means', () => {
    const svg = report(false).figures['latent-ode.svg'] as string
    // Marks are one path a model, two arcs a dot; those of the legend come before.
    const marks = Array.from(svg.matchAll(/<path class="mark [^"]*" d="([^"]*)"/g), ([, d]) => d?.match(/a/g)?.length)
    expect(marks.slice(-2)).toEqual([18, 18])
  })

  test.each([false, true])('draws two figures, quick: %s', (quick) => {
    const { figures } = report(quick)
    expect(Object.keys(figures)).toEqual(['latent-ode.svg', 'latent-ode-spirals.svg'])
    for (const svg of Object.values(figures)) {
      expect(parseXml(svg).name).toBe('svg')
      expect(svg).not.toMatch(/NaN|undefined|Infinity/)
    }
  })
})
