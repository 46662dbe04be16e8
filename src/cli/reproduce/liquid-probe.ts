/**
 * The probe of Hasani, Lechner, Amini, Rus, Grosu, AAAI 2021 (after Raghu et al., ICML 2017): a circle goes into cells with random weights;
 * how long is the path of their states, in two principal components?
 */

import { Block, type Builder, type Register } from '../../index.ts'
import { again, cell, constants, divide, gather, type Reading, Recurrent, trajectoryLength } from '../../recurrent.ts'

/** Continuous-time cells of one layer f = act(W [h | x] + b): dh/dt = f, f - h, or -(1 + f) h + f a. */
export const FORMS = ['neural ODE', 'CT-RNN', 'LTC'] as const
export type Form = (typeof FORMS)[number]
export const ACTIVATIONS = ['tanh', 'sigmoid'] as const
export type Kind = (typeof ACTIVATIONS)[number]

/** Points of the circle, solver steps from one to the next, width of the cells, and how often their weights are drawn. */
const [POINTS, UNFOLDS, WIDTH, DRAWS] = [100, 6, 50, 10]
/** Deviation of the weights times sqrt(width). */
export const SPREADS: readonly number[] = [1, 2, 4, 8]

/** Mean over the draws. */
export interface Probe {
  readonly form: Form
  readonly activation: Kind
  readonly spread: number
  /** Of the path in two components, over that of the circle. */
  readonly length: number
  /** Of the variance that these two have. */
  readonly share: number
}

interface Wish {
  readonly form: Form
  readonly activation: Kind
  readonly spread: number
}

/** The new state: explicit Euler steps, of the LTC semi-implicit ones. */
function steps(p: Builder, { form, activation, spread }: Wish, { values, elapsed }: Reading): Register {
  const init = { kind: 'normal', scale: spread / Math.sqrt(WIDTH) } as const
  const h = gather(p, p.scale(elapsed, 1 / UNFOLDS), new Array<number>(WIDTH).fill(0))
  const target = form === 'LTC' ? constants(p, WIDTH, { name: 'a', init: { kind: 'normal', scale: 1 } }) : undefined
  const one = p.activate(p.scale(h, 0), 'exp')
  let v = p.state
  for (let i = 0; i < UNFOLDS; i++) {
    const seen = p.concat(v, values)
    const f = p.activate(i === 0 ? p.dense(seen, WIDTH, { name: 'f', init }) : again(p, seen, 'f'), activation)
    if (target !== undefined) {
      const above = p.add(v, p.mul(h, p.mul(f, target)))
      v = divide(p, above, p.add(one, p.mul(h, p.add(one, f))))
    } else v = p.add(v, p.mul(h, form === 'CT-RNN' ? p.add(f, p.scale(v, -1)) : f))
  }
  return v
}

/** The unit circle, once around after once around before, with its time as angle: rows of [elapsed, cos, sin]. */
function circle(): Float32Array {
  const turn = new Block(1, 2, (p) => p.dense(p.state, 2, { activation: 'sin' }), { dtype: 'f64' })
  turn.parameters = [1, 1, Math.PI / 2, 0]
  const gap = (2 * Math.PI) / POINTS
  const angles = Array.from({ length: 2 * POINTS + 1 }, (_, k) => k * gap)
  const points = turn.forward(angles)
  turn.dispose()
  return Float32Array.from(angles.flatMap((_, k) => [gap, points[2 * k] as number, points[2 * k + 1] as number]))
}

/** The states along the second turn, [POINTS + 1, WIDTH]. */
export function pathOf(wish: Wish, seed: number): Float32Array {
  const x = circle()
  const field = cell(2, WIDTH, (p, reading) => steps(p, wish, reading), { seed })
  const states = new Recurrent(field, { length: x.length / 3, output: 'all' }).forward(x)
  field.dispose()
  return states.slice(POINTS * WIDTH) as Float32Array
}

/** Every form with every activation and spread. */
export function* probes(): Generator<Probe> {
  for (const activation of ACTIVATIONS) {
    for (const form of FORMS) {
      for (const spread of SPREADS) {
        let [length, share] = [0, 0]
        for (let seed = 0; seed < DRAWS; seed++) {
          const found = trajectoryLength(pathOf({ form, activation, spread }, seed), WIDTH)
          length += found.projected / (2 * Math.PI) / DRAWS
          share += found.share / DRAWS
        }
        yield { form, activation, spread, length, share }
      }
    }
  }
}
