/**
 * Continuous depth: a field of fixed size whose flow performs a composition. The flow of g - id does not, whatever its speed
 * (docs/theory.md); here two copies z and h of the state take turns by a clock, z <- g(h), then h <- z, as in analog sample and
 * hold.
 */

import { Field } from '../program/field.ts'
import { type Affine, affine, dense, type RowText, type SparseAffine, type Weight } from './affine.ts'
import { Dyadic } from './dyadic.ts'
import type { RCNet } from './rcnet.ts'
import type { Plan } from './rcnet-compile.ts'
import { plainReadOut, plainStart } from './rcnet-plain.ts'
import { Tape } from './tape.ts'

/** A composition as an initial value problem. */
export interface ClockedField {
  /** Time-independent ReLU field in doubles over (z, h, a, b): two copies of the N registers and the clock, dim 2 N + 2. */
  readonly field: Field
  /** The state at time 0 for a point of [0, 1]^d. */
  readonly initial: (x: readonly number[]) => Float64Array
  /** When the last composition has been performed: 4 for each of them. */
  readonly time: number
  /** f(x) from the state at that time. */
  readonly readOut: (state: ArrayLike<number>) => number
}

/**
 * The field that performs the compositions of `net`, one in 4 units of time:
 *
 * ```ts
 * const { field, initial, time, readOut } = clockedField(approximate(([x]) => x * x, { d: 1, r: 6 }))
 * const { y } = odeint(field, initial([0.3]), [0, time], { solver: rk4, dt: 1 / 250 })
 * readOut(y)
 * ```
 *
 * The clock a' = -sat(2 b), b' = sat(2 a), sat = clip to [-1, 1], has period 4 from (0, -3/4). While 8 a > 1, z relaxes to g(h)
 * at the rate lambda; while 8 a < -1, h relaxes to z; each phase is fully on for 3/2.
 *
 * @throws RangeError if doubles cannot hold the tape and one digit more, which guards its end
 */
export function clockedField(net: RCNet): ClockedField {
  const { R, exactRange, levels, compositions } = net
  if (R >= exactRange) {
    throw new RangeError(
      `R must be < ${exactRange} for a clocked field at levels = ${levels}, got ${R}: use a smaller r`,
    )
  }
  const plan = guarded(net.plan)
  const N = net.registers.length
  const g = plan.layers.map(dense)
  const rest = clockwork(net.registers, rateOf(net), boundOf(net))
  const field = new Field(
    2 * N + 2,
    (p) => {
      const layer = (x: typeof p.state, { b }: Affine, relu: boolean, name: string): typeof p.state =>
        p.dense(x, b.length, { activation: relu ? 'relu' : 'identity', name })
      const image = g.reduce((x, map, i) => layer(x, map, i < g.length - 1, `g${i}`), p.slice(p.state, N, N))
      const clock = layer(p.slice(p.state, 2 * N, 2), rest.clock, true, 'clock')
      const shut = layer(clock, rest.shut, true, 'shut')
      const gates = layer(p.concat(p.concat(image, p.state), shut), rest.gates, true, 'gates')
      return layer(p.concat(gates, clock), rest.rates, false, 'rates')
    },
    { dtype: 'f64' },
  )
  const maps = [...g, rest.clock, rest.shut, rest.gates, rest.rates]
  field.parameters = maps.flatMap(({ W, b }) => [...W.flat(), ...b])
  return {
    field,
    initial: (x) => {
      // For its checks: x has d numbers in [0, 1].
      net.trace(x, 0)
      const z = plainStart(plan, Float64Array.from(x))
      return Float64Array.of(...z, ...z, 0, -3 / 4)
    },
    time: 4 * compositions,
    readOut: (state) =>
      plainReadOut(
        plan,
        Float64Array.from({ length: N }, (_, i) => state[N + i] as number),
      ),
  }
}

/** Each composition multiplies the error of the tape by B = 2^bits, relaxing by e^(-1.5 lambda): ln B / 1.5 < 2 bits / 3. */
function rateOf({ R, B }: RCNet): number {
  return ((2 * (31 - Math.clz32(B))) / 3) * (R + 1) + 18
}

/**
 * More than |g(h) - z| and |z - h| ever are, between two states of a composition as well, where digits are not whole: offsets
 * are within 2 n and may turn round; s moves by gates of at most n, whose weights add up to 3 m for each tape. A power of 2, so
 * that products with it are exact.
 */
function boundOf({ n, d, levels, B }: RCNet): number {
  let bound = B
  while (bound < 8 * n * d * (levels + 1)) bound *= 2
  return bound
}

/** The plan with a last symbol 1 on every tape: what is left of a tape must not fall below 0 by an error. */
function guarded(plan: Plan): Plan {
  const held = (weight: Weight): Weight =>
    weight instanceof Tape ? weight.value.plus(Dyadic.of(1n, -weight.bits * (weight.digits.length + 1))) : weight
  const map = ({ inputs, rows }: SparseAffine): SparseAffine => ({
    inputs,
    rows: rows.map((row) => ({ ...row, bias: held(row.bias), weights: row.weights.map(held) })),
  })
  return { ...plan, readIn: map(plan.readIn), layers: plan.layers.map(map) }
}

/**
 * The layers around g: the ramps of the clock; how far each gate is shut, exactly 0 while it is open; the gates
 * relu(+-v - bound shut) of v = g(h) - z and v = z - h; the rates.
 */
function clockwork(
  registers: readonly string[],
  rate: number,
  bound: number,
): Record<'clock' | 'shut' | 'gates' | 'rates', Affine> {
  const ramps: RowText[] = ['a', 'b'].flatMap((name): RowText[] => [
    [`${name}+`, { [name]: 2 }, 1],
    [`${name}-`, { [name]: 2 }, -1],
  ])
  const phases: RowText[] = [1, -1].flatMap((sign): RowText[] => [
    [`on${sign}`, { a: 8 * sign }, -1],
    [`full${sign}`, { a: 8 * sign }, -2],
  ])
  const clock = affine(['a', 'b'], [...ramps, ...phases])
  const shut = affine(
    clock.rows.map(({ name }) => name),
    [1, -1].map((sign): RowText => [`shut${sign}`, { [`on${sign}`]: -bound, [`full${sign}`]: bound }, bound]),
  )
  const copies = ['g', 'z', 'h'].flatMap((letter) => registers.map((name) => `${letter}.${name}`))
  const pair = (to: string, from: string, shut: string): RowText[] =>
    registers.flatMap((name): RowText[] => [
      [`${to}.${name}+`, { [`${from}.${name}`]: 1, [`${to}.${name}`]: -1, [shut]: -1 }],
      [`${to}.${name}-`, { [`${from}.${name}`]: -1, [`${to}.${name}`]: 1, [shut]: -1 }],
    ])
  const gates = affine(
    [...copies, 'a', 'b', 'shut1', 'shut-1'],
    [...pair('z', 'g', 'shut1'), ...pair('h', 'z', 'shut-1')],
  )
  const rates = affine(
    [...gates.rows, ...clock.rows].map(({ name }) => name),
    [
      ...copies.slice(registers.length).map((name): RowText => [name, { [`${name}+`]: rate, [`${name}-`]: -rate }]),
      ['a', { 'b+': -1, 'b-': 1 }, 1],
      ['b', { 'a+': 1, 'a-': -1 }, -1],
    ],
  )
  return { clock: dense(clock), shut: dense(shut), gates: dense(gates), rates: dense(rates) }
}
