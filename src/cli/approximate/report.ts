/** The tables of `relode approximate`: as text, as CSV and as JSON. */

import { formatTable } from '../../io/csv.ts'
import { align, round } from '../report.ts'
import type { Measured, Result, Speed } from './measure.ts'
import type { Shown } from './show.ts'
import type { Size } from './sizes.ts'

/** Errors and sizes for people. */
export function tables(results: readonly Result[], sizes: readonly Size[], speed: Speed | undefined): string {
  const parts = [
    ...[...new Set(results.map(({ target }) => target.d))].map((d) => errorTable(results, d)),
    sizeTable(sizes),
    ...(speed === undefined
      ? []
      : [
          `${speed.points} points through ${speed.r} compositions, d = ${speed.d}: ${speed.seconds.toFixed(2)} s (${speed.cpuSeconds.toFixed(2)} s of the processor)`,
        ]),
  ]
  return parts.join('\n\n')
}

function errorTable(results: readonly Result[], d: number): string {
  const inDimension = results.filter(({ target }) => target.d === d)
  const all = [
    ...new Set(inDimension.flatMap(({ series }) => series.flatMap(({ errors }) => errors.map(({ r }) => r)))),
  ]
  const rs = all.sort((a, b) => a - b)
  const body = inDimension.flatMap(({ target, series }) =>
    series.flatMap(({ form, order, theory, errors }) => {
      const row = (label: string, pick: (one: Measured) => number | null): string[] => [
        label,
        ...rs.map((r) =>
          cell(
            errors.find((one) => one.r === r),
            pick,
          ),
        ),
      ]
      const orders = [order === null ? '-' : order.toFixed(2), theory.toFixed(2)]
      const promised = errors.some(({ bound }) => bound !== null)
      return [
        [...row(`${target.formula}, ${form}`, ({ sup }) => sup), ...orders],
        ...(promised ? [row('  bound', ({ bound, smoothBound }) => smoothBound ?? bound)] : []),
      ]
    }),
  )
  return align([[`sup error, d = ${d}`, ...rs.map((r) => `r = ${r}`), 'order', 'theory'], ...body])
}

function cell(one: Measured | undefined, pick: (one: Measured) => number | null): string {
  const value = one === undefined ? null : pick(one)
  if (value === null || value === 0) return value === null ? '-' : '0'
  return value < 0.01 ? value.toExponential(2) : round(value)
}

function sizeTable(sizes: readonly Size[]): string {
  const names = ['size of g', 'd', 'width', 'hidden layers', 'state', 'compositions', 'parameters']
  const rows = sizes.map(({ network, d, width, depth, state, compositions, parameters }) => {
    return [network, ...[d, width, depth, state].map(String), compositions, String(parameters)]
  })
  return align([names, ...rows])
}

/** errors.csv: a row for every network that was measured. */
export function errorsCsv(results: readonly Result[]): string {
  const rows = results.flatMap(({ target, series }) =>
    series.flatMap((one) => one.errors.map((error) => ({ target, one, error }))),
  )
  type Row = (typeof rows)[number]
  const columns: [string, (row: Row) => string | number][] = [
    ['target', ({ target }) => target.name],
    ['formula', ({ target }) => target.formula],
    ['d', ({ target }) => target.d],
    ['form', ({ one }) => one.form],
    ['levels', ({ one }) => one.levels],
    ['parameters', ({ one }) => one.parameters],
    ...(['r', 'n', 'compositions', 'points', 'sup', 'mean', 'bound', 'smoothBound'] as const).map(
      (name): [string, (row: Row) => number] => [name, ({ error }) => error[name] ?? Number.NaN],
    ),
  ]
  return formatTable(columns.map(([name, pick]) => [name, rows.map(pick)]))
}

/** values.csv: what the figure draws along lines and on grids; a row of the target has no r. */
export function valuesCsv(shown: readonly Shown[]): string {
  const rows = shown.flatMap(({ target, form, places, exact, outputs }) =>
    [{ r: Number.NaN, values: exact }, ...outputs].flatMap(({ r, values }) =>
      [...values].map((value, i) => {
        const side = places.length
        const [x, y] = target.d === 1 ? [places[i], Number.NaN] : [places[i % side], places[Math.floor(i / side)]]
        return { formula: target.formula, form: Number.isNaN(r) ? 'target' : form, r, x, y, value }
      }),
    ),
  )
  return formatTable(
    (['formula', 'form', 'r', 'x', 'y', 'value'] as const).map((name) => [
      name,
      rows.map((row) => row[name] ?? Number.NaN),
    ]),
  )
}

/** What --json prints and approximate.json holds. */
export function documentOf(results: readonly Result[], sizes: readonly Size[], speed: Speed | undefined): object {
  return {
    targets: results.map(({ target: { name, formula, d }, series }) => ({ name, formula, d, forms: series })),
    sizes,
    speed: speed === undefined ? null : { ...speed, limit: 1, withinLimit: speed.seconds <= 1 },
  }
}
