/** The phase plane of the first two columns: the learned field, the fitted trajectories, the observations. */

import { exp, log, type NeuralODE } from '../index.ts'
import { arrows, line, type Panel, panel, points } from '../plot/index.ts'
import type { Dataset } from './dataset.ts'
import { mean } from './mean.ts'
import type { Outcome } from './report.ts'
import { type Column, column, toStates, toValues } from './scaling.ts'
import { curve, type Fitted } from './tasks.ts'
import { denseTimes } from './trajectory.ts'

/** Arrows along the axes, and points of a curve over one. */
const GRID = { x: 17, y: 13 } as const
const POINTS = 200
/** Room around the data, as part of its range. */
const ROOM = 0.06

export function phasePanel({ fitted, data, settings }: Outcome): Panel {
  const whole = fitted[0] as Fitted
  const { columns } = whole.task
  const width = columns.length
  const curves = data.series.map((series) => curve(whole, series.id, denseTimes(series)))
  const path = (j: number): number[] => curves.flatMap((values) => [...column(values, width, j), Number.NaN])
  const seen = (j: number): number[] => data.series.flatMap(({ values }) => [...column(values, width, j)])
  if (width === 1) return ratePanel(whole, settings.time, [...path(0), ...seen(0)])
  const [a, b] = columns as [Column, Column]
  const [x, y] = [domainOf(a.log, [...path(0), ...seen(0)]), domainOf(b.log, [...path(1), ...seen(1)])]
  const others = width > 2 ? ' (others at their mean)' : ''
  return panel({
    title: `The learned field${others}`,
    x: { label: a.name, domain: x, log: a.log },
    y: { label: b.name, domain: y, log: b.log },
    layers: [
      arrows({ ...vectors(whole, data, x, y), label: 'field' }),
      line({ x: path(0), y: path(1), color: 'green', width: 2, label: 'trajectory' }),
      points({ x: seen(0), y: seen(1), color: 'green', label: 'observed' }),
    ],
  })
}

/** With one state the field is a curve: the rate of change at every value. */
function ratePanel({ task, node, unit }: Fitted, time: string, values: readonly number[]): Panel {
  const [only] = task.columns as [Column]
  const domain = domainOf(only.log, values)
  const states = between(toStates([only], domain), POINTS)
  const x = toValues([only], states)
  const rates = ratesAt(node, states)
  const y = x.map((value, i) => ((rates[i] as number) * only.sd * (only.log ? value : 1)) / unit)
  return panel({
    title: 'The learned field: rate of change at every value',
    x: { label: only.name, domain, log: only.log },
    y: { label: `${only.name} per ${time}` },
    layers: [line({ x, y, color: 'green', width: 2 })],
  })
}

function ratesAt({ field, dtype }: NeuralODE, states: Float64Array): ArrayLike<number> {
  return field.forward(dtype === 'f32' ? Float32Array.from(states) : states)
}

/** The range of values with a little room around it. */
export function domainOf(isLog: boolean, values: readonly number[]): [number, number] {
  const there = values.filter((value) => Number.isFinite(value))
  const plain = isLog ? [...log(there)] : there
  const [low, high] = [Math.min(...plain), Math.max(...plain)]
  const room = ROOM * (high - low)
  const ends = [low - room, high + room]
  return (isLog ? [...exp(ends)] : ends) as [number, number]
}

/** The field on a grid, equally spaced as the axes are drawn: both are affine in the states. */
function vectors(
  { task, node, unit }: Fitted,
  data: Dataset,
  x: readonly number[],
  y: readonly number[],
): { x: Float64Array; y: Float64Array; dx: Float64Array; dy: Float64Array } {
  const { columns } = task
  const width = columns.length
  const [a, b] = columns as [Column, Column]
  const [gx, gy] = [between(toStates([a], x), GRID.x), between(toStates([b], y), GRID.y)]
  const middle = means(toStates(columns, Float64Array.from(data.series.flatMap(({ values }) => [...values]))), width)
  const states = Float64Array.from(
    [...gy].flatMap((v) => [...gx].flatMap((u) => middle.map((mean, j) => (j === 0 ? u : j === 1 ? v : mean)))),
  )
  const values = toValues(columns, states)
  const rates = ratesAt(node, states)
  const slope = (j: number): Float64Array => {
    const { sd, log: isLog } = columns[j] as Column
    const at = column(values, width, j)
    return column(rates, width, j).map((rate, i) => (rate * sd * (isLog ? (at[i] as number) : 1)) / unit)
  }
  return { x: column(values, width, 0), y: column(values, width, 1), dx: slope(0), dy: slope(1) }
}

/** Middles of `count` equal cells of [low, high]. */
function between(ends: ArrayLike<number>, count: number): Float64Array {
  const [low, high] = [ends[0] as number, ends[1] as number]
  return Float64Array.from({ length: count }, (_, i) => low + ((i + 0.5) / count) * (high - low))
}

function means(states: Float64Array, width: number): number[] {
  return Array.from({ length: width }, (_, j) => mean(column(states, width, j).filter((value) => !Number.isNaN(value))))
}
