import { describe, expect, test } from 'vitest'
import { Blocks } from '../support/blocks.ts'
import { scatter } from '../support/gradients.ts'
import { dtypes } from '../support/vectors.ts'

interface AdamSettings {
  readonly lr: number
  readonly beta1: number
  readonly beta2: number
  readonly eps: number
  readonly decay: number
  readonly decoupled: boolean
}

const N = 5
const STEPS = 40
/** A gradient that changes with the step and with the parameter. */
const gradientAt = (x: readonly number[], step: number): number[] =>
  x.map((v, i) => v - (i - 2) + (scatter(N, step)[i] as number) / 4)

/** Kingma and Ba, Algorithm 1, with Loshchilov and Hutter's decay: straight from the papers, in doubles, for all steps. */
function adamReference(
  x0: readonly number[],
  { lr, beta1, beta2, eps, decay, decoupled }: AdamSettings,
  round: (x: number) => number,
): number[] {
  let x = [...x0]
  const m = x.map(() => 0)
  const v = x.map(() => 0)
  for (let t = 1; t <= STEPS; t++) {
    const g = gradientAt(x, t).map(round)
    x = x.map((value, i) => {
      const d = (g[i] as number) + (decoupled ? 0 : decay * value)
      m[i] = round(beta1 * (m[i] as number) + (1 - beta1) * d)
      v[i] = round(beta2 * (v[i] as number) + (1 - beta2) * d * d)
      const mHat = (m[i] as number) / (1 - beta1 ** t)
      const vHat = (v[i] as number) / (1 - beta2 ** t)
      return round(value - (decoupled ? lr * decay * value : 0) - (lr * mHat) / (Math.sqrt(vHat) + eps))
    })
  }
  return x
}

describe.each(dtypes)('f%i', (dtype) => {
  const blocks = new Blocks(dtype)
  const round = (x: number): number => blocks.round(x)
  const start = [...scatter(N, 1)].map(round)
  // A few roundings a step; their order is the implementation's.
  const close = dtype === 32 ? 1e-5 : 1e-13

  function adam(settings: AdamSettings, gradient: (x: number[], t: number) => number[], steps: number): number[] {
    const { lr, beta1, beta2, eps, decay, decoupled } = settings
    const [x, m, v] = [blocks.put(start), blocks.put(new Float64Array(N)), blocks.put(new Float64Array(N))]
    for (let t = 1; t <= steps; t++) {
      const g = blocks.put(gradient(blocks.get(x, N), t))
      blocks.call(
        'adam',
        N,
        x,
        g,
        m,
        v,
        lr,
        beta1,
        beta2,
        eps,
        1 - beta1 ** t,
        1 - beta2 ** t,
        decay,
        Number(decoupled),
      )
    }
    expect([x, m, v].flatMap((at) => blocks.overrun(at, N))).toEqual([])
    return blocks.get(x, N)
  }

  test.each<[string, Partial<AdamSettings>]>([
    ['Adam', {}],
    ['Adam with decay in the gradient', { decay: 0.1 }],
    ['AdamW', { decay: 0.1, decoupled: true }],
    ['other coefficients', { beta1: 0.5, beta2: 0.9, eps: 1e-3, lr: 0.1 }],
    ['no momentum', { beta1: 0 }],
  ])('%s', (_, changes) => {
    const settings = { lr: 0.02, beta1: 0.9, beta2: 0.999, eps: 1e-8, decay: 0, decoupled: false, ...changes }
    const wanted = adamReference(start, settings, round)
    for (const [i, got] of adam(settings, gradientAt, STEPS).entries()) {
      expect(Math.abs(got - (wanted[i] as number))).toBeLessThan(close)
      expect(Math.abs(got - (start[i] as number))).toBeGreaterThan(0.05)
    }
  })

  test('Adam under a constant gradient: every step is lr g / (|g| + eps)', () => {
    const g = [1, -2, 1e-3, 0, -1e4].map(round)
    const settings = { lr: 0.01, beta1: 0.9, beta2: 0.999, eps: 1e-8, decay: 0, decoupled: false }
    const moved = adam(settings, () => g, 20)
    for (const [i, x] of moved.entries()) {
      const step = (0.01 * (g[i] as number)) / (Math.abs(g[i] as number) + 1e-8)
      expect(Math.abs(x - ((start[i] as number) - 20 * step))).toBeLessThan(20 * close)
    }
  })

  test('SGD: x (1 - lr)^t where the gradient is x', () => {
    const [x, v] = [blocks.put(start), blocks.put(new Float64Array(N))]
    for (let t = 0; t < STEPS; t++) blocks.call('sgd', N, x, blocks.put(blocks.get(x, N)), v, 0.1, 0, 0, 0)
    for (const [i, got] of blocks.get(x, N).entries()) {
      expect(Math.abs(got - (start[i] as number) * 0.9 ** STEPS)).toBeLessThan(close)
    }
    // Without momentum its state is not touched.
    expect(blocks.get(v, N)).toEqual([0, 0, 0, 0, 0])
    expect(blocks.overrun(x, N)).toEqual([])
  })

  test.each([
    ['momentum', false],
    ['Nesterov', true],
  ] as const)('SGD with %s and decay, as a linear recurrence', (_, nesterov) => {
    // gradient x - 1: (x, v) -> (x, v) by a constant matrix, here by its scalar form.
    const [lr, mu, decay] = [0.05, 0.8, 0.02]
    const [x, v] = [blocks.put(start), blocks.put(new Float64Array(N))]
    let wanted = start.map((value) => [value, 0] as [number, number])
    for (let t = 0; t < STEPS; t++) {
      const g = blocks.put(blocks.get(x, N).map((value) => value - 1))
      blocks.call('sgd', N, x, g, v, lr, mu, Number(nesterov), decay)
      wanted = wanted.map(([at, speed]) => {
        const d = at - 1 + decay * at
        const next = mu * speed + d
        return [at - lr * (nesterov ? d + mu * next : next), next]
      })
    }
    for (const [i, [at, speed]] of wanted.entries()) {
      expect(Math.abs((blocks.get(x, N)[i] as number) - at)).toBeLessThan(close)
      expect(Math.abs((blocks.get(v, N)[i] as number) - speed)).toBeLessThan(close)
    }
    expect([...blocks.overrun(x, N), ...blocks.overrun(v, N)]).toEqual([])
  })
})
