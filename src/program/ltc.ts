/** Liquid time-constant cells: neurons whose conductances depend on what they are told. */

import { vector } from '../core/boundary.ts'
import { checkInt, checkNumber, checkWithin } from '../core/check.ts'
import { exp, log } from '../core/elementwise.ts'
import { uniforms } from '../core/random.ts'
import type { Builder, Register } from './builder.ts'
import { broadcast, cell, type Reading } from './cell.ts'
import { constants, divide, gather, scatter } from './cell-ops.ts'
import type { Field, FieldOptions } from './field.ts'

/**
 * Which synapses there are: matrices [from, to] row-major of 1 (excitatory), -1 (inhibitory) and 0 (none). The sign is where the
 * reversal potential starts.
 */
export interface Wiring {
  /** Width of the state. */
  readonly hidden: number
  /** From the features to the neurons, [features, hidden]. */
  readonly sensory: readonly number[]
  /** From neuron to neuron, [hidden, hidden]. */
  readonly recurrent: readonly number[]
}

/** A wiring with synapses drawn by chance: each is there with probability `density`, and excitatory or inhibitory with 1/2. */
export function randomWiring(
  features: number,
  hidden: number,
  { density = 1, seed = 0 }: { readonly density?: number; readonly seed?: number } = {},
): Wiring {
  checkInt('features', features, 1, 32766)
  checkInt('hidden', hidden, 1, 65536)
  checkWithin('density', density, 0, 1)
  const draws = uniforms(2 * (features + hidden) * hidden, seed)
  const matrix = (first: number, rows: number): number[] =>
    Array.from({ length: rows * hidden }, (_, i) => {
      const at = 2 * (first * hidden + i)
      return (draws[at] as number) >= density ? 0 : (draws[at + 1] as number) < 0.5 ? -1 : 1
    })
  return { hidden, sensory: matrix(0, features), recurrent: matrix(features, hidden) }
}

/** How an LTC cell is made. */
export interface LtcOptions extends FieldOptions {
  /** Default: all synapses, as `randomWiring(features, hidden, { seed })` signs them. */
  readonly wiring?: Wiring
  /** Semi-implicit steps from one row to the next. Default 6. */
  readonly unfolds?: number
}

/** The synapses of a matrix: where each comes from and goes to, and its sign. */
interface Synapses {
  readonly from: readonly number[]
  readonly to: readonly number[]
  readonly signs: readonly number[]
}

function synapses(name: string, matrix: readonly number[], rows: number, columns: number): Synapses {
  if (matrix.length !== rows * columns)
    throw new RangeError(`wiring.${name} must hold ${rows} x ${columns} numbers, got ${matrix.length}`)
  for (const [i, sign] of matrix.entries())
    checkNumber(`wiring.${name}[${i}]`, sign, '1, -1 or 0', (v) => [1, -1, 0].includes(v))
  const there = matrix.flatMap((sign, i) => (sign === 0 ? [] : [i]))
  return {
    from: there.map((i) => Math.floor(i / columns)),
    to: there.map((i) => i % columns),
    signs: there.map((i) => matrix[i] as number),
  }
}

/** What synapses do to the neurons: the sum of their conductances, and of conductance times reversal potential. */
interface Current {
  readonly conductance: Register
  readonly drive: Register
}

/** The parameters of some synapses: written once, used in every unfold. */
function junction(
  p: Builder,
  name: string,
  { from, to }: Synapses,
  hidden: number,
): (x: Register, mask?: Register) => Current {
  const own = (part: string): Register => constants(p, from.length, { name: `${name}.${part}` })
  const weight = constants(p, from.length, { name: `${name}.w`, activation: 'softplus' })
  const [steepness, middle, reversal] = [own('sigma'), own('mu'), own('e')]
  const away = p.scale(middle, -1)
  return (x, mask) => {
    const open = p.activate(p.mul(steepness, p.add(gather(p, x, from), away)), 'sigmoid')
    const known = mask === undefined ? open : p.mul(open, gather(p, mask, from))
    const conductance = p.mul(weight, known)
    return {
      conductance: scatter(p, conductance, to, hidden),
      drive: scatter(p, p.mul(conductance, reversal), to, hidden),
    }
  }
}

/** Two currents together, of which one or both may be none. */
function both(p: Builder, a: Current | undefined, b: Current | undefined): Current | undefined {
  if (!a || !b) return a ?? b
  return { conductance: p.add(a.conductance, b.conductance), drive: p.add(a.drive, b.drive) }
}

/**
 * A liquid time-constant cell (Hasani, Lechner, Amini, Rus, Grosu, AAAI 2021) in the conductance form of its authors' code:
 * cm dv/dt = g (v_leak - v) + sum_j w_j s(sigma_j (x_j - mu_j)) (e_j - v), the sum over the synapses from features and neurons.
 * From row to row it takes `unfolds` semi-implicit Euler steps, in which only the v that stands linearly is taken at the end of the step,
 * v <- (cm v + h (g v_leak + sum w s e)) / (cm + h (g + sum w s)), h the elapsed time / unfolds: bounded for every h. Here as
 * v + h (drive - conductance v) / (cm + h conductance), the same number, which leaves v as it is where h is 0.
 *
 * Conductances and capacitances are softplus of their parameters, so they stay positive; the authors clip instead. A feature that is
 * missing opens no synapse.
 */
export function ltcCell(features: number, hidden: number, options: LtcOptions = {}): Field {
  const { unfolds = 6, seed = 0 } = options
  checkInt('unfolds', unfolds, 1, 1000)
  const wiring = options.wiring ?? randomWiring(features, hidden, { seed })
  if (wiring.hidden !== hidden) throw new RangeError(`wiring.hidden must be ${hidden}, got ${wiring.hidden}`)
  const sensory = synapses('sensory', wiring.sensory, features, hidden)
  const recurrent = synapses('recurrent', wiring.recurrent, hidden, hidden)
  const field = cell(features, hidden, (p, reading) => liquid(p, reading, { sensory, recurrent, unfolds }), options)
  start(field, { sensory, recurrent, seed })
  return field
}

interface Liquid {
  readonly sensory: Synapses
  readonly recurrent: Synapses
  readonly unfolds: number
}

function liquid(p: Builder, { elapsed, values, mask }: Reading, { sensory, recurrent, unfolds }: Liquid): Register {
  const hidden = p.state.width
  const positive = (name: string): Register => constants(p, hidden, { name, activation: 'softplus' })
  const [leak, capacitance] = [positive('gleak'), positive('cm')]
  const leaking: Current = { conductance: leak, drive: p.mul(leak, constants(p, hidden, { name: 'vleak' })) }
  const own = (name: string): Register => constants(p, values.width, { name })
  const sensed = p.add(p.mul(values, own('input.gain')), own('input.shift'))
  const senses = sensory.from.length === 0 ? undefined : junction(p, 'sensory', sensory, hidden)(sensed, mask)
  const outer = both(p, leaking, senses) as Current
  const synapse = recurrent.from.length === 0 ? undefined : junction(p, 'recurrent', recurrent, hidden)
  const h = broadcast(p, p.scale(elapsed, 1 / unfolds), hidden)
  let v = p.state
  for (let i = 0; i < unfolds; i++) {
    const { conductance, drive } = both(p, outer, synapse?.(v)) as Current
    const pull = p.add(drive, p.scale(p.mul(conductance, v), -1))
    v = p.add(v, divide(p, p.mul(h, pull), p.add(capacitance, p.mul(h, conductance))))
  }
  return v
}

/** Ranges in which the parameters start, as in ncps; of those that go through softplus, the ranges behind it. */
const RANGES: readonly (readonly [suffix: string, low: number, high: number, positive?: true])[] = [
  ['.w.bias', 0.001, 1, true],
  ['.sigma.bias', 3, 8],
  ['.mu.bias', 0.3, 0.8],
  ['gleak.bias', 0.001, 1, true],
  ['vleak.bias', -0.2, 0.2],
  ['cm.bias', 0.4, 0.6, true],
  // Features go in as they are.
  ['input.gain.bias', 1, 1],
  ['input.shift.bias', 0, 0],
]

/** The parameters whose softplus is x: log(e^x - 1). */
function beforeSoftplus(x: Float64Array): Float64Array {
  return log(exp(x).map((v) => v - 1))
}

/** Writes the first parameters: drawn from their ranges, and reversal potentials as the wiring signs them. */
function start(field: Field, { sensory, recurrent, seed }: Omit<Liquid, 'unfolds'> & { readonly seed: number }): void {
  const draws = uniforms(field.parameterCount, seed)
  const first = vector(field.dtype, field.parameterCount)
  const signs = new Map([
    ['sensory.e.bias', sensory.signs],
    ['recurrent.e.bias', recurrent.signs],
  ])
  for (const { name, shape, offset } of field.specs) {
    const [, low, high, positive] = RANGES.find(([suffix]) => name.endsWith(suffix)) ?? ['', 0, 0]
    const drawn = draws.slice(offset, offset + (shape[0] as number)).map((u) => low + (high - low) * u)
    first.set(signs.get(name) ?? (positive ? beforeSoftplus(drawn) : drawn), offset)
  }
  field.parameters = first
}
