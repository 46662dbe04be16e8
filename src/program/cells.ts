/** Recurrent cells as programs: tanh, gated, ODE between the rows, closed-form continuous time. */

import { checkInt } from '../core/check.ts'
import { euler } from '../tableaus/euler.ts'
import { compile, type Method } from '../tableaus/tableau.ts'
import type { Activation, Builder, Register } from './builder.ts'
import { broadcast, cell, gated, type Reading } from './cell.ts'
import { again } from './cell-ops.ts'
import type { Field, FieldOptions } from './field.ts'

/** How a cell is made. */
export interface CellOptions extends FieldOptions {
  /** Does it read which values are there? Default true; without, a missing value is a 0. */
  readonly mask?: boolean
  /** Does it read the time since the row before? Default: where the cell makes no other use of it. */
  readonly elapsed?: boolean
}

/** The columns that the layers of a cell read. */
function read(p: Builder, { values, mask, elapsed }: Reading, options: CellOptions, timed: boolean): Register {
  const known = (options.mask ?? true) ? p.concat(values, mask) : values
  return (options.elapsed ?? timed) ? p.concat(known, elapsed) : known
}

/** The recurrent network of Elman: h' = tanh(W [x | h] + b). Parameters `rnn.weight`, `rnn.bias`. */
export function rnnCell(features: number, hidden: number, options: CellOptions = {}): Field {
  return cell(
    features,
    hidden,
    (p, reading) => {
      const x = p.concat(read(p, reading, options, true), p.state)
      return p.dense(x, hidden, { activation: 'tanh', name: 'rnn' })
    },
    options,
  )
}

/**
 * The gated recurrent unit, as in PyTorch:
 * r = s(W_ir x + b_ir + W_hr h + b_hr), z = s(W_iz x + b_iz + W_hz h + b_hz), n = tanh(W_in x + b_in + r (W_hn h + b_hn)), h' = n + z (h - n).
 * Weights in the order r, z, n, as `ih.weight`, `ih.bias`, `hh.weight`, `hh.bias`.
 */
function gru(p: Builder, x: Register, h: Register): Register {
  const n = h.width
  const init = { kind: 'uniform', scale: 1 / Math.sqrt(n) } as const
  const [a, b] = [p.dense(x, 3 * n, { name: 'ih', init }), p.dense(h, 3 * n, { name: 'hh', init })]
  const gates = p.activate(p.add(p.slice(a, 0, 2 * n), p.slice(b, 0, 2 * n)), 'sigmoid')
  const next = p.activate(p.add(p.slice(a, 2 * n, n), p.mul(p.slice(gates, 0, n), p.slice(b, 2 * n, n))), 'tanh')
  return p.add(next, p.mul(p.slice(gates, n, n), p.add(h, p.scale(next, -1))))
}

/** A gated recurrent unit (Cho et al. 2014) in PyTorch's form, which reads the elapsed time as one more feature. */
export function gruCell(features: number, hidden: number, options: CellOptions = {}): Field {
  return cell(features, hidden, (p, reading) => gru(p, read(p, reading, options, true), p.state), options)
}

/** How an ODE-RNN is made. */
export interface OdeRnnOptions extends CellOptions {
  /** Widths of the hidden layers of the field. Default [hidden]. */
  readonly widths?: readonly number[]
  /** Activation of the hidden layers. Default 'tanh'. */
  readonly activation?: Activation
  /** Steps from one row to the next, whatever the time between. Default 1. */
  readonly steps?: number
  /** Method of the steps: explicit. Default euler. */
  readonly solver?: Method
}

/**
 * An ODE-RNN (Rubanova, Chen, Duvenaud, NeurIPS 2019): from row to row the state follows dh/dt = f(h), by `steps` steps of a method over
 * the elapsed time, then a gated recurrent unit takes the row in, where any of its values is there. Parameters of the field `f0.weight`,
 * `f0.bias`, ..., of the unit as those of `gruCell`.
 */
export function odeRnnCell(features: number, hidden: number, options: OdeRnnOptions = {}): Field {
  const { widths: inner = [hidden], activation = 'tanh', steps = 1, solver = euler } = options
  checkInt('steps', steps, 1, 1000)
  return cell(
    features,
    hidden,
    (p, reading) => {
      const widths = [...inner, hidden]
      let written = false
      const f = (h: Register): Register => {
        const out = widths.reduce((x, width, i) => {
          const own = { name: `f${i}` }
          const y = written ? again(p, x, own.name) : p.dense(x, width, own)
          return i + 1 < widths.length ? p.activate(y, activation) : y
        }, h)
        written = true
        return out
      }
      const h = broadcast(p, p.scale(reading.elapsed, 1 / steps), hidden)
      let y = p.state
      for (let i = 0; i < steps; i++) y = explicitStep(p, solver, y, h, f)
      return gated(p, reading.seen, y, gru(p, read(p, reading, options, false), y))
    },
    options,
  )
}

/** One step of length h, a register as wide as y, of an explicit method for an autonomous field. */
function explicitStep(p: Builder, method: Method, y: Register, h: Register, f: (y: Register) => Register): Register {
  const { name, stages, denseStages, a, b, rosenbrock } = compile(method)
  if (rosenbrock) throw new RangeError(`solver must be an explicit method for an ODE-RNN, got ${name}`)
  const k: Register[] = []
  const moved = (weights: ArrayLike<number>, from: number): Register => {
    const terms = k.flatMap((stage, j) => {
      const weight = weights[from + j] as number
      return weight === 0 ? [] : [weight === 1 ? stage : p.scale(stage, weight)]
    })
    return terms.length === 0
      ? y
      : p.add(
          y,
          p.mul(
            h,
            terms.reduce((sum, term) => p.add(sum, term)),
          ),
        )
  }
  for (let i = 0; i < stages; i++) k.push(f(moved(a, i * denseStages)))
  return moved(b, 0)
}

/** How a CfC cell is made. */
export interface CfcOptions extends CellOptions {
  /** Width of the layer that the heads share. Default 128. */
  readonly backbone?: number
}

/**
 * A closed-form continuous-time cell (Hasani, Lechner et al., Nature Machine Intelligence 2022; as in ncps):
 * h' = f (1 - s(a dt + b)) + g s(a dt + b), with f = tanh(.), g = tanh(.), a and b affine in 1.7159 tanh(0.666 (W [x | h] + c)).
 * Parameters `backbone`, `f`, `g`, `a`, `b`. No solver: the elapsed time is in the formula.
 */
export function cfcCell(features: number, hidden: number, options: CfcOptions = {}): Field {
  const { backbone = 128 } = options
  return cell(
    features,
    hidden,
    (p, reading) => {
      const input = p.concat(read(p, reading, options, false), p.state)
      const x = p.scale(p.activate(p.scale(p.dense(input, backbone, { name: 'backbone' }), 0.666), 'tanh'), 1.7159)
      const head = (name: string, activation: Activation): Register => p.dense(x, hidden, { name, activation })
      const [f, g, a, b] = [head('f', 'tanh'), head('g', 'tanh'), head('a', 'identity'), head('b', 'identity')]
      const gate = p.activate(p.add(p.mul(a, broadcast(p, reading.elapsed, hidden)), b), 'sigmoid')
      return p.add(f, p.mul(gate, p.add(g, p.scale(f, -1))))
    },
    options,
  )
}
