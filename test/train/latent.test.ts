import { describe, expect, test } from 'vitest'
import { normals } from '../../src/core/random.ts'
import { LatentODE } from '../../src/models/latent-ode.ts'
import { gaussian } from '../../src/models/likelihoods.ts'
import { Affine } from '../../src/program/affine.ts'
import { gruCell } from '../../src/program/cells.ts'
import { MLP } from '../../src/program/mlp.ts'
import { tsit5 } from '../../src/tableaus/index.ts'
import { fitLatent } from '../../src/train/latent.ts'
import { adam } from '../../src/train/optimizers.ts'
import { scatter } from '../support/gradients.ts'

describe('training of a latent ODE', () => {
  /** Swings of one frequency and any phase, seen with noise at two thirds of the times. */
  const t = Array.from({ length: 12 }, (_, k) => k / 4)
  const rows = 24
  const phases = scatter(rows, 1).map((v) => 3 * v)
  const noise = normals(rows * t.length, 3)
  const swing = (i: number, time: number): number => Math.sin(2 * time + (phases[i] as number))
  const x = Float32Array.from({ length: rows * t.length }, (_, i) => {
    const [row, k] = [Math.floor(i / t.length), i % t.length]
    return (i * 7 + row) % 3 === 0 ? Number.NaN : swing(row, t[k] as number) + 0.1 * (noise[i] as number)
  })
  const make = (): LatentODE =>
    new LatentODE(new MLP([2, 12, 2], { activation: 'tanh', seed: 1 }), {
      t,
      recognition: gruCell(1, 12, { seed: 2 }),
      head: new Affine(12, 4, { seed: 3 }),
      decoder: new Affine(2, 1, { seed: 4 }),
      likelihood: gaussian(1, 0.1),
      solver: tsit5,
    })
  const options = { epochs: 150, batchSize: 8, optimizer: adam({ lr: 0.02 }), clip: 100, seed: 3 }

  test('learns swings, and goes on with them', () => {
    const latent = make()
    const losses = [...fitLatent(latent, x, options)].map(({ loss }) => loss)
    expect(losses).toHaveLength(150)
    expect(losses.at(-1)).toBeLessThan(0.1 * (losses[0] as number))
    const later = [3, 3.5, 4]
    const found = latent.predict(x, later)
    const errors = later.flatMap((time, k) =>
      Array.from(phases, (_, i) => swing(i, time) - (found[k * rows + i] as number)),
    )
    expect(Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length)).toBeLessThan(0.35)
  })

  test('the same seed is the same training, resumed or not; another seed is another', () => {
    const whole = make()
    const progress = [...fitLatent(whole, x, { ...options, epochs: 4 })]
    const halted = make()
    for (const { epoch, checkpoint } of fitLatent(halted, x, { ...options, epochs: 4 })) {
      if (epoch < 2) continue
      const resumed = make()
      const rest = [...fitLatent(resumed, x, { ...options, epochs: 4, resume: checkpoint() })]
      expect(rest.map(({ loss }) => loss)).toEqual(progress.slice(2).map(({ loss }) => loss))
      expect(resumed.save()).toEqual(whole.save())
      break
    }
    const [other] = fitLatent(make(), x, { ...options, seed: 4, epochs: 4 })
    expect(other?.loss).not.toBe(progress[0]?.loss)
  })

  test('the weight of the divergence is asked for every epoch, from 0 on', () => {
    const asked: number[] = []
    const weight = (epoch: number): number => {
      asked.push(epoch)
      return epoch / 10
    }
    expect([...fitLatent(make(), x, { ...options, epochs: 3, weight })]).toHaveLength(3)
    expect(asked).toEqual([0, 1, 2])
    expect(() => [...fitLatent(make(), x, { ...options, weight: () => -1 })]).toThrow(
      'weight of epoch 0 must be a finite number >= 0, got -1',
    )
  })
})
