import { describe, expect, test } from 'vitest'
import { NeuralODE } from '../../src/models/neural-ode.ts'
import { MLP } from '../../src/program/mlp.ts'
import {
  fitSeries,
  type Series,
  type SeriesFit,
  type SeriesOptions,
  type SeriesProgress,
} from '../../src/train/series.ts'

/** A damped turn, observed at irregular times with holes. */
function spiral(start: number, count: number, missing: (i: number) => boolean = () => false): Series {
  const times = Float64Array.from({ length: count }, (_, i) => start + 0.25 * i + (i % 3) * 0.02)
  const values = [...times].flatMap((t, i) => {
    const [s, r] = [t - start, Math.exp(-0.2 * (t - start))]
    return [missing(i) ? Number.NaN : r * Math.cos(s), r * Math.sin(s)]
  })
  return { times, values }
}

const make = (dtype: 'f32' | 'f64' = 'f64', seed = 1): MLP => new MLP([2, 2], { dtype, seed })
const OPTIONS: SeriesOptions = { epochs: 24, lr: 0.05 }

function run(
  field: MLP,
  series: readonly Series[],
  options: SeriesOptions,
): { progress: SeriesProgress[]; result: SeriesFit; checkpoints: Uint8Array[] } {
  const training = fitSeries(field, series, options)
  const [progress, checkpoints]: [SeriesProgress[], Uint8Array[]] = [[], []]
  for (;;) {
    const { value, done } = training.next()
    if (done) return { progress, result: value, checkpoints }
    progress.push({ ...value, history: [...value.history] })
    checkpoints.push(value.checkpoint())
  }
}

describe('fitSeries', () => {
  test('finds a linear field from trajectories with holes', () => {
    using field = make()
    const series = [spiral(0, 17, (i) => i % 4 === 2), spiral(5, 9)]
    const { result, progress } = run(field, series, { epochs: 500, lr: 0.1, rtol: 1e-6, atol: 1e-8 })
    expect(result.loss).toBeLessThan(1e-4)
    expect(progress.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 500 }, (_, i) => i + 1))
    expect(result.history).toHaveLength(500)
    // Windows of 3, 6 and 12 observations, then the whole.
    expect([...new Set(progress.map(({ phase, window }) => `${phase}:${window}`))]).toEqual([
      '1:3',
      '2:6',
      '3:12',
      '4:17',
    ])
    // y' = [[-0.2, -1], [1, -0.2]] y, from (1, 0); a series begins at its own first time.
    const wanted = [-0.2, -1, 1, -0.2, 0, 0]
    for (const [i, v] of field.parameters.entries()) expect(Math.abs(v - (wanted[i] as number))).toBeLessThan(0.03)
    expect(result.initial).toHaveLength(4)
    for (const [i, v] of result.initial.entries()) expect(Math.abs(v - (i % 2 === 0 ? 1 : 0))).toBeLessThan(0.03)
    const end = new NeuralODE(field, { t: [0, 2] }).forward([1, 0])
    expect(Math.abs((end[0] as number) - Math.exp(-0.4) * Math.cos(2))).toBeLessThan(0.03)
  })

  test('resumed after any epoch, of any phase: the same bits', () => {
    const series = [spiral(0, 13), spiral(1, 8)]
    for (const dtype of ['f32', 'f64'] as const) {
      using field = make(dtype)
      const whole = run(field, series, OPTIONS)
      expect(new Set(whole.progress.map(({ phase }) => phase)).size).toBeGreaterThan(2)
      for (const [i, resume] of whole.checkpoints.entries()) {
        using other = make(dtype, 77)
        const rest = run(other, series, { ...OPTIONS, resume })
        expect(other.parameters).toEqual(field.parameters)
        expect(rest.result).toEqual(whole.result)
        expect(rest.progress.map(({ checkpoint, ...p }) => p)).toEqual(
          whole.progress.slice(i + 1).map(({ checkpoint, ...p }) => p),
        )
      }
    }
  })

  test('few epochs, short series, one phase', () => {
    using field = make()
    expect(run(field, [spiral(0, 2)], { epochs: 1 }).progress).toHaveLength(1)
    expect(run(field, [spiral(0, 40)], { epochs: 3 }).progress).toHaveLength(3)
    expect(run(field, [spiral(0, 3, () => true)], { epochs: 2 }).result.initial).toHaveLength(2)
  })

  test.each<[string, readonly Series[], SeriesOptions, string | RegExp]>([
    ['no series', [], {}, 'series must hold at least one trajectory'],
    ['one observation', [spiral(0, 1)], {}, 'series[0] must hold at least two observations, got 1'],
    [
      'values of another length',
      [spiral(0, 3), { times: Float64Array.of(0, 1), values: [1, 2, 3] }],
      {},
      'series[1].values must hold 2 rows of 2, got 3 numbers',
    ],
    [
      'times that repeat',
      [{ times: Float64Array.of(0, 1, 1), values: [1, 2, 3, 4, 5, 6] }],
      {},
      'series[0].times must increase, got 1 after 1',
    ],
    [
      'NaN in times',
      [{ times: Float64Array.of(0, Number.NaN), values: [1, 2, 3, 4] }],
      {},
      'series[0].times[1] is NaN',
    ],
    ['epochs 0', [spiral(0, 3)], { epochs: 0 }, 'epochs must be an integer from 1'],
    ['lr 0', [spiral(0, 3)], { lr: 0 }, 'lr must be a finite number > 0, got 0'],
    ['a checkpoint of something else', [spiral(0, 3)], { resume: new Uint8Array(9) }, /./],
  ])('refuses %s', (_, series, options, message) => {
    using field = make()
    expect(() => run(field, series, options)).toThrow(message)
  })
})
