/** trajectory.csv: the fitted curves on a dense grid that holds every time of the record. */

import type { Series } from '../io/csv.ts'
import { formatTable } from '../io/csv.ts'
import type { Dataset } from './dataset.ts'
import { column } from './scaling.ts'
import type { FitSettings } from './settings.ts'
import { curve, type Fitted } from './tasks.ts'

/** Points of a curve, about. */
const POINTS = 400

/** Every interval of the record in equal parts, so that a curve has a point at each observation. */
export function denseTimes({ times }: Series): Float64Array {
  const [first, last] = [times[0] as number, times.at(-1) as number]
  const dense = [first]
  for (let i = 1; i < times.length; i++) {
    const [from, to] = [times[i - 1] as number, times[i] as number]
    const parts = Math.ceil(((to - from) / (last - first)) * POINTS * (1 - 1e-12))
    for (let k = 1; k < parts; k++) dense.push(from + ((to - from) * k) / parts)
    dense.push(to)
  }
  return Float64Array.from(dense)
}

/** How a fit's columns are called: the network's fit to everything has the names of the record. */
export function suffixOf({ task }: Fitted): string {
  const model = task.model === 'network' ? '' : '_lotka_volterra'
  return `${model}${task.until === Number.POSITIVE_INFINITY ? '' : `_until_${task.until}`}`
}

/** The table: series, time, observations, then the columns of every fit. */
export function trajectoryTable(fitted: readonly Fitted[], data: Dataset, settings: FitSettings): string {
  const names = data.columns
  const blocks = data.series.map((series) => {
    const times = denseTimes(series)
    const curves = fitted.map((one) => curve(one, series.id, times))
    return { series, times, curves, seen: observations(series, times, names.length) }
  })
  const join = (pick: (block: (typeof blocks)[number]) => ArrayLike<number>): Float64Array =>
    Float64Array.from(blocks.flatMap((block) => Array.from(pick(block))))
  const columns: [string, ArrayLike<string | number>][] = [[settings.time, join(({ times }) => times)]]
  if (settings.series !== null) {
    columns.unshift([settings.series, blocks.flatMap(({ series, times }) => Array.from(times, () => series.id))])
  }
  const add = (suffix: string, pick: (block: (typeof blocks)[number]) => Float64Array): void => {
    const taken = columns.map(([name]) => name)
    for (const [j, name] of names.entries()) {
      let unique = `${name}${suffix}`
      while (taken.includes(unique)) unique += '_'
      columns.push([unique, join((block) => column(pick(block), names.length, j))])
    }
  }
  for (const [k, one] of fitted.entries()) add(suffixOf(one), ({ curves }) => curves[k] as Float64Array)
  add('_observed', ({ seen }) => seen)
  return formatTable(columns)
}

/** The record's values at their times, NaN elsewhere. */
function observations({ times, values }: Series, dense: Float64Array, width: number): Float64Array {
  const seen = new Float64Array(dense.length * width).fill(Number.NaN)
  for (const [i, time] of times.entries()) {
    seen.set(values.subarray(i * width, (i + 1) * width), dense.indexOf(time) * width)
  }
  return seen
}
