/** What the networks do: their errors beside what the theorem promises, their values for the figure, their speed. */

import { approximate, type RCNet } from '../../theory/index.ts'
import type { Form } from '../../theory/machine.ts'
import { InterruptedError } from '../errors.ts'
import type { Signals } from '../signals.ts'
import type { StatusLine } from '../status-line.ts'
import { existsFor, leastR } from './sizes.ts'
import { type Target, targets } from './targets.ts'

export interface Settings {
  readonly forms: readonly Form[]
  /** Undefined: the default of each form. */
  readonly levels?: number
  /** Ascending. */
  readonly r: readonly number[]
}

/** The error of one network; the bounds are null where the target's constants are not known. */
export interface Measured {
  readonly r: number
  readonly n: number
  readonly compositions: number
  readonly points: number
  readonly sup: number
  readonly mean: number
  readonly bound: number | null
  readonly smoothBound: number | null
  readonly seconds: number
}

/** One form at all r. */
export interface Series {
  readonly form: Form
  readonly levels: number
  readonly width: number
  readonly depth: number
  readonly state: number
  readonly parameters: number
  /** sup is of the order of r to minus this: measured from the first r >= 16 with 4 nodes an axis to the last, and by the theorem. */
  readonly order: number | null
  readonly theory: number
  readonly errors: readonly Measured[]
}

export interface Result {
  readonly target: Target
  readonly series: readonly Series[]
}

export interface Watch {
  readonly line: StatusLine
  readonly signals: Signals
}

/** Points times compositions between two looks at the signals, and the fewest points that are worth setting up the network. */
const CHUNK = 4e6
const LEAST_CHUNK = 250
/** Points of an axis that errors are measured at, below r = 4096 and from there on. */
const AXIS: readonly (readonly [few: number, many: number])[] = [
  [211, 4001],
  [29, 63],
  [13, 13],
]
const MANY_FROM = 4096
/** Below it an error is rounding, and has no order. */
const EXACT = 1e-11

export function build(target: Target, form: Form, r: number, levels: number | undefined): RCNet {
  const { d, f } = target
  return approximate(f, { d, r, form, ...(levels === undefined ? {} : { levels }) })
}

/** All targets, forms and r. */
export async function measure(chosen: readonly Target[], settings: Settings, watch: Watch): Promise<Result[]> {
  const results: Result[] = []
  for (const target of chosen) {
    const series: Series[] = []
    for (const form of settings.forms) {
      const found = await measureForm(target, form, settings, watch)
      if (found !== undefined) series.push(found)
    }
    results.push({ target, series })
  }
  return results
}

async function measureForm(target: Target, form: Form, settings: Settings, watch: Watch): Promise<Series | undefined> {
  const { d } = target
  const errors: Measured[] = []
  const all = existsFor(form, d) ? settings.r.filter((r) => r >= leastR(form, d)) : []
  let last: RCNet | undefined
  for (const r of all) {
    watch.line.show(() => `${target.formula}  d = ${d}  ${form}  r = ${r}`)
    last = build(target, form, r, settings.levels)
    errors.push(await measureOne(last, target, watch.signals))
  }
  if (last === undefined) return undefined
  const { levels, width, depth, parameters, registers } = last
  const theory = form === 'smooth' && target.curvature !== null ? 2 / d : target.smoothness / d
  return { form, levels, width, depth, state: registers.length, parameters, order: orderOf(errors), theory, errors }
}

async function measureOne(net: RCNet, target: Target, signals: Signals): Promise<Measured> {
  const { d, r, n, compositions } = net
  const { points, inside } = pointsOf(d, r)
  const started = performance.now()
  const values = await evaluate(net, points, signals)
  const seconds = (performance.now() - started) / 1000
  let [sup, sum] = [0, 0]
  for (const [i, value] of values.entries()) {
    const error = Math.abs(value - target.f([...points.subarray(i * d, (i + 1) * d)]))
    sup = Math.max(sup, error)
    if (i < inside) sum += error
  }
  const { omega, curvature } = target
  return {
    ...{ r, n, compositions, points: values.length, sup, mean: sum / inside, seconds },
    bound: omega === null ? null : net.bound(omega),
    smoothBound: net.form === 'smooth' && curvature !== null ? net.smoothBound(curvature) : null,
  }
}

/** Middles of equal parts of every axis, never aligned with the cells of a power of 4, and then the corners of the cube. */
export function pointsOf(d: number, r: number): { readonly points: Float64Array; readonly inside: number } {
  const parts = (AXIS[d - 1] as (typeof AXIS)[number])[r < MANY_FROM ? 0 : 1]
  const inside = parts ** d
  const points = new Float64Array((inside + 2 ** d) * d)
  for (let i = 0; i < inside; i++) {
    for (let j = 0; j < d; j++) points[i * d + j] = ((Math.floor(i / parts ** j) % parts) + 0.5) / parts
  }
  for (let k = 0; k < 2 ** d; k++) for (let j = 0; j < d; j++) points[(inside + k) * d + j] = (k >> j) & 1
  return { points, inside }
}

/** Values at points, row-major [points, d]; ends on a signal. */
export async function evaluate(net: RCNet, points: Float64Array, signals: Signals): Promise<Float64Array> {
  const values = new Float64Array(points.length / net.d)
  const chunk = Math.max(LEAST_CHUNK, Math.floor(CHUNK / net.compositions))
  for (let at = 0; at < values.length; at += chunk) {
    await look(signals)
    values.set(net.eval(points.subarray(at * net.d, (at + chunk) * net.d)), at)
  }
  await look(signals)
  return values
}

// Signals are heard only if the event loop gets a turn.
async function look(signals: Signals): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  if (signals.received !== undefined) throw new InterruptedError(signals.received, 'interrupted, nothing is written')
}

function orderOf(errors: readonly Measured[]): number | null {
  const [first, last] = [errors.find(({ r, n }) => r >= 16 && n >= 4), errors.at(-1)]
  if (first === undefined || last === undefined || first.n === last.n || last.sup < EXACT) return null
  return Math.log(first.sup / last.sup) / Math.log(last.compositions / first.compositions)
}

/** Time to evaluate a batch. */
export interface Speed {
  readonly d: number
  readonly r: number
  readonly points: number
  /** The best of three runs: by the clock, and of the processor, which does not count what it does for others. */
  readonly seconds: number
  readonly cpuSeconds: number
}

/** 4000 points of the plane through 4096 compositions, three times. */
export async function measureSpeed({ line, signals }: Watch): Promise<Speed> {
  const net = build(targets.find(({ name, d }) => name === 'sin' && d === 2) as Target, 'counter', 4096, undefined)
  // A lattice that fills the square evenly.
  const batch = Float64Array.from(
    { length: 8000 },
    (_, i) => ((i % 2 === 0 ? i / 2 : ((i - 1) / 2) * 1597) % 4000) / 4000,
  )
  let [seconds, cpuSeconds] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let run = 1; run <= 3; run++) {
    await look(signals)
    line.show(() => `speed  d = 2  r = 4096  run ${run}/3`)
    const [started, used] = [performance.now(), process.cpuUsage()]
    net.eval(batch)
    const { user, system } = process.cpuUsage(used)
    seconds = Math.min(seconds, (performance.now() - started) / 1000)
    cpuSeconds = Math.min(cpuSeconds, (user + system) / 1e6)
  }
  return { d: 2, r: 4096, points: batch.length / 2, seconds, cpuSeconds }
}
