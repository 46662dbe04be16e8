// Gradients under options as they come: forward and reverse mode share the steps and little else, so <g, J v> = <J^T g, v> holds to
// rounding where both are right, whatever was asked for. Every case is drawn from its number alone.

import { expect, test } from 'vitest'
import { checkpoint } from '../../src/adjoint/checkpoint.ts'
import { jvp } from '../../src/adjoint/jvp.ts'
import { vjp } from '../../src/adjoint/vjp.ts'
import { NeuralODE, type NeuralODEOptions } from '../../src/models/neural-ode.ts'
import { Field } from '../../src/program/field.ts'
import { cubicSignal, linearSignal } from '../../src/program/signal.ts'
import * as methods from '../../src/tableaus/index.ts'
import { inner, scatter } from '../support/gradients.ts'

const { bosh3, dopri5, dopri8, euler, fehlberg45, heun, heun21, midpoint, rk4, tsit5, vern7 } = methods
const ACTIVATIONS = ['tanh', 'relu', 'softplus', 'silu', 'gelu', 'sigmoid', 'leaky_relu', 'elu', 'sin'] as const
const KNOTS = [-0.1, 0.3, 0.6, 1.4]

/** Choices without pattern, one after the other. */
class Draw {
  readonly #numbers: Float64Array
  #at = 0

  constructor(seed: number) {
    this.#numbers = scatter(64, seed)
  }

  chance(share: number): boolean {
    return ((this.#numbers[this.#at++] as number) + 1) / 2 < share
  }

  from<T>(choices: readonly T[]): T {
    return choices[Math.floor((((this.#numbers[this.#at++] as number) + 1) / 2) * choices.length)] as T
  }
}

function steps(draw: Draw): NeuralODEOptions {
  if (draw.chance(0.5)) {
    const solver = draw.from([euler, heun, midpoint, rk4, dopri5, dopri8, vern7])
    return { solver, ...draw.from([{ steps: 1 }, { steps: 7 }, { dt: 0.1 }, { dt: 0.13 }]) }
  }
  const solver = draw.from([bosh3, dopri5, dopri8, fehlberg45, heun21, tsit5, vern7])
  return { solver, rtol: draw.from([1e-3, 1e-6]), atol: draw.from([1e-3, 1e-6]), maxSteps: 1e5 }
}

function times(draw: Draw, seed: number): number[] {
  const inside = draw.chance(0.5) ? [...scatter(3, seed)].map((v) => (v + 1) / 2).sort() : []
  const forward = [0, ...inside, draw.from([1.03, 1.17])]
  return draw.chance(0.3) ? forward.map((t) => 1.2 - t) : forward
}

function drawn(seed: number): { readonly field: Field; readonly options: NeuralODEOptions; readonly batch: number } {
  const draw = new Draw(seed)
  const [dim, hidden, batch] = [draw.from([1, 2, 3, 5]), draw.from([1, 3, 5, 17]), draw.from([1, 3, 5])]
  const [activation, reads, timed] = [draw.from(ACTIVATIONS), draw.chance(0.3), draw.chance(0.4)]
  const way = steps(draw)
  const adaptive = way.rtol !== undefined
  const layers = reads ? {} : draw.from([{}, {}, { layers: 3, span: 1 }, adaptive ? {} : { layers: 3 }])
  const field = new Field(
    dim,
    (p) => {
      const told = reads ? p.concat(p.state, p.input(2)) : p.state
      return p.dense(p.activate(p.dense(timed ? p.concat(told, p.time()) : told, hidden), activation), dim)
    },
    { dtype: 'f64', seed, ...layers },
  )
  const rows = draw.from([1, batch])
  const make = draw.from([linearSignal, cubicSignal])
  const options = {
    t: times(draw, seed),
    ...way,
    ...(draw.chance(0.3) && { tStops: [0.2, 0.5] }),
    ...(draw.chance(0.2) && { discontinuities: [0.4] }),
    ...(draw.chance(0.3) && { control: 'sample' as const }),
    ...(draw.chance(0.3) && { output: 'last' as const }),
    ...(draw.chance(0.4) && { adjoint: checkpoint({ budget: draw.from([1, 500, 5000]) }) }),
    ...(reads && { input: make(KNOTS, scatter(8 * rows, seed), { rows, stops: draw.chance(0.7) }) }),
  }
  return { field, options, batch }
}

test.each(Array.from({ length: 40 }, (_, i) => i))('ten draws: %i', (tens) => {
  for (let seed = 10 * tens; seed < 10 * tens + 10; seed++) {
    const { field, options, batch } = drawn(seed)
    const node = new NeuralODE(field, options)
    const [x, dx] = [scatter(batch * field.dim, 1), scatter(batch * field.dim, 2)]
    const dparams = scatter(field.parameterCount, 3)
    const moving = options.input === undefined && field.span === undefined && seed % 2 === 0
    const dt = moving ? scatter((options.t as number[]).length, 4) : undefined
    const [y, pullback] = vjp(node, x)
    const g = scatter(y.length, 5)
    const back = pullback(g)
    pullback.dispose()
    const [same, dy] = jvp(node, x, dx, { dparams, ...(dt && { dt }) })
    field.dispose()
    const reverse = inner(back.dx, dx) + inner(back.dparams, dparams) + (dt ? inner(back.dt, dt) : 0)
    const size = Math.sqrt(inner(g, g) * inner(dy, dy)) + 1e-3
    expect(same, `outputs of draw ${seed}`).toEqual(y)
    expect(Math.abs(inner(g, dy) - reverse) / size, `draw ${seed}`).toBeLessThan(1e-12)
  }
})
