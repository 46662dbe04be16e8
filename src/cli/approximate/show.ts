/** Values of a target and of its networks for the figure: along a line, and on a grid. */

import type { Form } from '../../theory/machine.ts'
import { build, evaluate, type Settings, type Watch } from './measure.ts'
import { leastR } from './sizes.ts'
import type { Target } from './targets.ts'

/** Values on the same places, of the target and of networks. */
export interface Shown {
  readonly target: Target
  readonly form: Form
  readonly levels: number
  /** Along a line: the places. On a grid: the centres along x and along y. */
  readonly places: Float64Array
  readonly exact: Float64Array
  readonly outputs: readonly { readonly r: number; readonly values: Float64Array }[]
}

/** Points of a line, parts of a side of a grid, and the least share of the line that a closer look takes. */
const LINE = 240
const SIDE = 44
const CLOSE = 0.06
/** Networks along a line, and on grids. */
const LINES = 5
const GRIDS = 3
/** With the one level of the tables the networks for few compositions would be flat; no two levels are as clear. */
const LEVELS = 4

/** A target of one variable, and a closer look at where the middle one of its networks errs most. */
export async function showLine(
  target: Target,
  settings: Settings,
  watch: Watch,
): Promise<{ all: Shown; close: Shown }> {
  const all = await show(target, settings, watch, { from: 0, to: 1, count: LINES })
  const { values } = all.outputs[Math.floor((all.outputs.length - 1) / 2)] as Shown['outputs'][number]
  const errors = values.map((value, i) => Math.abs(value - (all.exact[i] as number)))
  const worst = all.places[errors.indexOf(Math.max(...errors))] as number
  const from = Math.min(1 - CLOSE, Math.max(0, worst - CLOSE / 2))
  return { all, close: await show(target, settings, watch, { from, to: from + CLOSE, count: LINES }) }
}

/** A target of two variables, or of three in the plane z = 1/2, on a grid. */
export function showGrid(target: Target, settings: Settings, watch: Watch): Promise<Shown> {
  return show(target, settings, watch, { from: 0, to: 1, count: GRIDS })
}

interface Window {
  readonly from: number
  readonly to: number
  readonly count: number
}

async function show(
  target: Target,
  { forms, levels = LEVELS, r: all }: Settings,
  watch: Watch,
  window: Window,
): Promise<Shown> {
  const { d, f } = target
  const [form, { from, to, count }] = [forms[0] as Form, window]
  const places = d === 1 ? line(from, to) : Float64Array.from({ length: SIDE }, (_, i) => (i + 0.5) / SIDE)
  const points = d === 1 ? places : grid(places, d)
  const exact = Float64Array.from({ length: points.length / d }, (_, i) => f([...points.subarray(i * d, (i + 1) * d)]))
  const outputs: { r: number; values: Float64Array }[] = []
  const usable = all.filter((r) => r >= leastR(form, d))
  for (const r of spread(usable, count)) {
    watch.line.show(() => `figure  ${target.formula}  ${form}  r = ${r}`)
    outputs.push({ r, values: await evaluate(build(target, form, r, levels), points, watch.signals) })
  }
  return { target, form, levels, places, exact, outputs }
}

function line(from: number, to: number): Float64Array {
  return Float64Array.from({ length: LINE + 1 }, (_, i) => from + ((to - from) * i) / LINE)
}

function grid(places: Float64Array, d: number): Float64Array {
  const rest = Array.from({ length: d - 2 }, () => 0.5)
  return Float64Array.from([...places].flatMap((y) => [...places].flatMap((x) => [x, y, ...rest])))
}

/** At most `count` of the items, with the first and the last. */
function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items]
  return Array.from({ length: count }, (_, i) => items[Math.floor((i * (items.length - 1)) / (count - 1))] as T)
}
