/** A panel over time: observations and fitted curves. */

import {
  type Color,
  colors,
  type Layer,
  type Line,
  line,
  type Panel,
  type Points,
  panel,
  points,
} from '../plot/index.ts'
import { domainOf } from './phase-plane.ts'
import type { Outcome } from './report.ts'
import { column } from './scaling.ts'
import { curve, type Fitted } from './tasks.ts'
import { denseTimes } from './trajectory.ts'

/** Columns whose ranges differ by more than this share no axis. */
const COMPARABLE = 20
/** Columns shown, each in a panel of its own, where they share no axis. */
const MOST_COLUMNS = 4

/** What a panel over time shows. */
export interface TimeView {
  readonly title: string
  readonly fits: readonly Fitted[]
  readonly shade: readonly Layer[]
  readonly domain: readonly [number, number]
  /** Of the figure's grid. */
  readonly columns: number
}

export function timePanel(outcome: Outcome, view: TimeView, group: readonly number[]): Panel {
  const { settings, data } = outcome
  const lines = curves(outcome, view.fits, group)
  const seen = observations(outcome, group)
  const log = group.every((j) => settings.log.includes(data.columns[j] as string))
  // Round ends would leave much of a log axis empty.
  const domain = log
    ? {
        domain: domainOf(
          log,
          [...lines, ...seen].flatMap(({ y }) => Array.from(y)),
        ),
      }
    : {}
  return panel({
    title: view.title,
    columns: view.columns,
    x: { label: settings.time, domain: view.domain },
    y: { log, ...domain },
    layers: [...view.shade, ...lines, ...seen],
  })
}

/** Columns that are drawn on one axis. */
export function axisGroups({ data, settings }: Outcome): number[][] {
  const width = data.columns.length
  const all = data.columns.map((_, j) => j)
  const spans = all.map((j) => {
    const cells = data.series
      .flatMap(({ values }) => [...column(values, width, j)])
      .filter((value) => !Number.isNaN(value))
    return Math.max(...cells) - Math.min(...cells)
  })
  const onLog = data.columns.filter((name) => settings.log.includes(name)).length
  const comparable = Math.max(...spans) <= COMPARABLE * Math.min(...spans)
  if (width === 1 || onLog === width || (onLog === 0 && comparable && width <= colors.length)) return [all]
  return all.slice(0, MOST_COLUMNS).map((j) => [j])
}

function colorOf(j: number): Color {
  return colors[j % colors.length] as Color
}

function observations({ data }: Outcome, group: readonly number[]): Points[] {
  const width = data.columns.length
  const x = data.series.flatMap(({ times }) => [...times])
  return group.map((j) => {
    const y = data.series.flatMap(({ values }) => [...column(values, width, j)])
    return points({ x, y, color: colorOf(j), label: data.columns[j] as string, shape: j === 0 ? 'circle' : 'square' })
  })
}

/** Fitted curves: solid for the network, dashed for the baseline; series one after the other, with gaps between them. */
function curves({ data }: Outcome, fits: readonly Fitted[], group: readonly number[]): Line[] {
  const width = data.columns.length
  return fits.flatMap((fit) => {
    const blocks = data.series.map((series) => {
      const times = denseTimes(series)
      return { times, values: curve(fit, series.id, times) }
    })
    const x = blocks.flatMap(({ times }) => [...times, Number.NaN])
    const isNetwork = fit.task.model === 'network'
    return group.map((j) => {
      const y = blocks.flatMap(({ values }) => [...column(values, width, j), Number.NaN])
      const name = data.columns[j] as string
      const label = isNetwork ? name : `${name}, Lotka–Volterra`
      return line({ x, y, color: colorOf(j), label, dash: isNetwork ? 'solid' : 'dashed', width: isNetwork ? 2 : 1.2 })
    })
  })
}
