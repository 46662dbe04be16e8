// Latent ODEs: the evidence lower bound against its formula, its gradients, missing values, and files.

import { describe, expect, test } from 'vitest'
import { vjp } from '../../src/adjoint/vjp.ts'
import { LatentObjective } from '../../src/models/latent-objective.ts'
import { LatentODE } from '../../src/models/latent-ode.ts'
import { type gaussian, likelihood } from '../../src/models/likelihoods.ts'
import { Recurrent } from '../../src/models/recurrent.ts'
import { constants } from '../../src/program/cell-ops.ts'
import { odeRnnCell } from '../../src/program/cells.ts'
import { at, differences, inner, relative, scatter } from '../support/gradients.ts'
import { model, process, SIGMA, T } from '../support/latent-models.ts'

/** Observations, one in three missing, in every other row all of the second time; counts are 1. */
function observations(batch: number, features: number, seed = 0, times = T.length): Float64Array {
  return scatter(batch * times * features, seed).map((v, i) => {
    const [row, k] = [Math.floor(i / (times * features)), Math.floor(i / features) % times]
    if ((row % 2 === 0 && k === 1) || (i * 5 + row) % 3 === 0) return Number.NaN
    return features === 1 ? 1 : v
  })
}

/** Inputs of the objective: observations, and deviates behind each row. */
function withDraws(x: Float64Array, batch: number, latent: number, seed = 9): Float64Array {
  const [own, draws] = [x.length / batch, scatter(batch * latent, seed)]
  return Float64Array.from(
    Array.from({ length: batch }, (_, i) => [
      ...x.slice(i * own, (i + 1) * own),
      ...draws.slice(i * latent, (i + 1) * latent),
    ]).flat(),
  )
}

describe('the evidence lower bound', () => {
  test.each(['f32', 'f64'] as const)('is that of its formula, %s', (dtype) => {
    const latent = model(dtype)
    const objective = new LatentObjective(latent)
    objective.weight = 0.7
    for (const batch of [1, 3, 5, 17]) {
      const x = observations(batch, 2, batch)
      const draws = scatter(batch * 3, 9)
      const given = withDraws(x, batch, 3)
      const [y] = vjp(objective, dtype === 'f32' ? Float32Array.from(given) : given)
      const { mean, logVariance } = latent.posterior(dtype === 'f32' ? Float32Array.from(x) : x)
      const z = mean.map((m, i) => m + Math.exp((logVariance[i] as number) / 2) * (draws[i] as number))
      const said = latent.decode(z, T)
      const wanted = Array.from({ length: batch }, (_, row) => {
        let total = 0
        for (let k = 0; k < T.length; k++) {
          for (let j = 0; j < 2; j++) {
            const value = x[(row * T.length + k) * 2 + j] as number
            if (Number.isNaN(value)) continue
            const error = (value - (said[(k * batch + row) * 2 + j] as number)) / SIGMA
            total += error ** 2 / 2 + Math.log(SIGMA * Math.sqrt(2 * Math.PI))
          }
        }
        for (let j = row * 3; j < row * 3 + 3; j++) {
          const [m, v] = [mean[j] as number, logVariance[j] as number]
          total += (0.7 * (m * m + Math.exp(v) - v - 1)) / 2
        }
        return total
      })
      expect(relative(y, wanted)).toBeLessThan(dtype === 'f32' ? 1e-5 : 1e-13)
    }
  })

  test('of a point process: events where the intensity is, less its integral', () => {
    const latent = process('f64')
    const batch = 3
    const x = observations(batch, 1, 2)
    const [y] = vjp(new LatentObjective(latent), withDraws(x, batch, 2))
    const { mean, logVariance } = latent.posterior(x)
    const draws = scatter(batch * 2, 9)
    const z = mean.map((m, i) => m + Math.exp((logVariance[i] as number) / 2) * (draws[i] as number))
    const states = latent.decode(z, T)
    const wanted = Array.from({ length: batch }, (_, row) => {
      const state = (k: number, j: number): number => states[(k * batch + row) * 3 + j] as number
      let total = state(T.length - 1, 2)
      for (let k = 0; k < T.length; k++) if (x[row * T.length + k] === 1) total -= state(k, 0)
      for (let j = row * 2; j < row * 2 + 2; j++) {
        const [m, v] = [mean[j] as number, logVariance[j] as number]
        total += (m * m + Math.exp(v) - v - 1) / 2
      }
      return total
    })
    expect(relative(y, wanted)).toBeLessThan(1e-13)
  })

  test('the integral is that of the intensity: constant where the field is 0', () => {
    const latent = process('f64')
    latent.field.parameters = new Float64Array(latent.field.parameterCount)
    const states = latent.decode([0.3, -1], [1, 2])
    for (const [k, t] of [1, 2].entries()) {
      expect(states[3 * k]).toBe(0.3)
      expect(states[3 * k + 2]).toBeCloseTo(Math.exp(0.3) * (t - 0.2), 14)
    }
  })
})

describe.each<[string, () => LatentODE, number, number]>([
  ['gaussian', () => model('f64'), 2, 3],
  ['an ODE-RNN looks back', () => model('f64', { recognition: odeRnnCell(2, 4, { dtype: 'f64', seed: 7 }) }), 2, 3],
  ['a deviation that is learned', () => model('f64', { likelihood: learned() }), 2, 3],
  ['point process', () => process('f64'), 1, 2],
])('gradients: %s', (_, make, features, latent) => {
  test.each([1, 3, 5, 17])('are those of differences, %i rows', (batch) => {
    const objective = new LatentObjective(make())
    objective.weight = 0.7
    const x = withDraws(observations(batch, features, batch), batch, latent)
    const [, pullback] = vjp(objective, x)
    const dy = scatter(batch, 3)
    const { dparams } = pullback(dy)
    expect(pullback(dy).dparams).toEqual(dparams)
    pullback.dispose()
    const value = (): number => {
      const [y, own] = vjp(objective, x)
      own.dispose()
      return inner(dy, y)
    }
    const blocks = batch > 3 ? objective.parameters.blocks.slice(1, 2) : objective.parameters.blocks
    let found = Float64Array.from(dparams)
    if (batch > 3) found = found.slice(...headOf(objective))
    const wanted = blocks.flatMap((block) => [
      ...differences((p) => at(block, p, value), block.parameters as Float64Array),
    ])
    expect(relative(found, wanted)).toBeLessThan(2e-8)
  })
})

/** Where the parameters of the head lie: for larger batches they stand for all, since everything behind them is in their gradient. */
function headOf({ parameters }: LatentObjective): [number, number] {
  const [cell, head] = parameters.blocks.map((block) => block.parameterCount) as [number, number]
  return [cell, cell + head]
}

/** Gaussian with a deviation that is a parameter. */
function learned(): ReturnType<typeof gaussian> {
  return likelihood(
    2,
    2,
    (p, { values, mask }) => {
      const error = p.add(values, p.scale(p.state, -1))
      const logSigma = constants(p, 2, { name: 'log-sigma' })
      const square = p.mul(p.mul(error, error), p.activate(p.scale(logSigma, -2), 'exp'))
      const each = p.mul(mask, p.add(p.scale(square, 0.5), logSigma))
      return p.add(p.slice(each, 0, 1), p.slice(each, 1, 1))
    },
    { dtype: 'f64' },
  )
}

describe('what is missing', () => {
  test('the recognition reads what is there, last to first, and nothing else', () => {
    const latent = model('f32')
    const x = Float32Array.from([
      Number.NaN,
      Number.NaN,
      1,
      2,
      Number.NaN,
      Number.NaN,
      3,
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ])
    const series = Float32Array.of(0.5 - 0.2, 1, 2, 1.3 - 0.5, 3, Number.NaN)
    const { recognition, head } = latent
    const said = new Recurrent(recognition, { length: 2, readOut: head, direction: 'backward' }).forward(series)
    const { mean, logVariance } = latent.posterior(x)
    expect([...mean, ...logVariance]).toEqual([...said])
  })

  test('times at which nothing is seen change no bit of what is known', () => {
    const x = Float32Array.from(observations(3, 2, 4))
    const more = model('f32', { t: [...T.slice(0, 4), 1.35, 1.4] })
    const filled = Array.from({ length: 3 }, (_, i) => {
      const own = x.slice(i * 10, i * 10 + 10)
      return [...own.slice(0, 8), Number.NaN, Number.NaN, ...own.slice(8)]
    })
    expect(more.posterior(Float32Array.from(filled.flat()))).toEqual(model('f32').posterior(x))
  })

  test('a row of the batch has the bits that it has alone', () => {
    const latent = model('f32')
    const x = Float32Array.from(observations(17, 2, 6))
    const together = latent.predict(x, [1.5, 2])
    for (let i = 0; i < 17; i++) {
      const alone = latent.predict(x.slice(i * 10, i * 10 + 10), [1.5, 2])
      for (const k of [0, 1])
        expect(together.slice((k * 17 + i) * 2, (k * 17 + i + 1) * 2)).toEqual(alone.slice(2 * k, 2 * k + 2))
    }
  })

  test('nothing seen at all: the bound is the divergence', () => {
    const latent = model('f64')
    const x = new Float64Array(13).fill(Number.NaN, 0, 10)
    const [y] = vjp(new LatentObjective(latent), x)
    const { mean, logVariance } = latent.posterior(x.slice(0, 10))
    let kl = 0
    for (const [i, m] of mean.entries()) {
      const v = logVariance[i] as number
      kl += (m * m + Math.exp(v) - v - 1) / 2
    }
    expect(y[0]).toBeCloseTo(kl, 14)
  })
})

test.each([
  ['gaussian', () => model('f32'), 2],
  ['point process', () => process('f32'), 1],
] as const)('saved and read again, the bits are the same: %s', (_, make, features) => {
  const latent = make()
  const again = LatentODE.from(latent.save(new Map([['from', 'a test']])))
  const x = Float32Array.from(observations(3, features, 5))
  expect(again.predict(x, [1.5, 3])).toEqual(latent.predict(x, [1.5, 3]))
  expect(again.t).toEqual(latent.t)
  const own = Float32Array.from(withDraws(observations(3, features, 5), 3, latent.latent))
  expect(vjp(new LatentObjective(again), own)[0]).toEqual(vjp(new LatentObjective(latent), own)[0])
})
