/** The record to fit: read from CSV, checked against the settings. */

import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { numberColumn, parseTable, type Series, series, TableError } from '../io/csv.ts'
import { InputError } from './errors.ts'
import { readText } from './files.ts'
import type { FitSettings } from './settings.ts'

/** All series in original units; values are [rows, columns] row-major, NaN = missing. */
export interface Dataset {
  /** Name of the file, without its folder. */
  readonly source: string
  /** Hash of times, values and names. */
  readonly hash: string
  /** Typical distance of two times: the field's unit of time. */
  readonly unit: number
  readonly series: readonly Series[]
  readonly columns: readonly string[]
}

type Columns = Pick<FitSettings, 'time' | 'state' | 'series' | 'log' | 'baseline'>

/** Reads the columns that the settings name. */
export function readDataset(path: string, settings: Columns): Dataset {
  checkNames(settings)
  const { time, state, series: id } = settings
  const table = parseTable(readText(path), path)
  const all = series(table, { time, state, ...(id === null ? {} : { id }) })
  for (const name of state) checkColumn(path, name, numberColumn(table, name, { missing: true }))
  checkPositive(path, all, state, settings)
  return { source: basename(path), hash: hashOf(all), unit: typicalSpacing(all), series: all, columns: state }
}

function checkNames({ time, state, series: id, baseline }: Columns): void {
  if (state.includes(time)) throw new InputError(`--state names '${time}', which is the --time column`)
  if (id === time || (id !== null && state.includes(id))) {
    throw new InputError(`--series names '${id}', which is a --time or --state column`)
  }
  if (baseline === 'lotka-volterra' && state.length !== 2) {
    throw new InputError(`--baseline lotka-volterra needs two --state columns, got ${state.length}`)
  }
}

function checkColumn(path: string, name: string, values: Float64Array): void {
  const seen = new Set(values.filter((value) => !Number.isNaN(value)))
  if (seen.size > 1) return
  const found = seen.size === 0 ? 'holds no values' : `holds the one value ${[...seen][0]}`
  throw new InputError(`${path}: column '${name}' ${found}: there is nothing to fit`)
}

function checkPositive(
  path: string,
  all: readonly Series[],
  state: readonly string[],
  { log, baseline }: Pick<FitSettings, 'log' | 'baseline'>,
): void {
  for (const [j, name] of state.entries()) {
    const option = log.includes(name) ? '--log' : baseline === null ? undefined : `--baseline ${baseline}`
    if (option === undefined) continue
    for (const { values, lines } of all) {
      for (const [i, line] of lines.entries()) {
        const value = values[i * state.length + j] as number
        if (value <= 0)
          throw new TableError(`${path}:${line}: column '${name}' holds ${value}, ${option} needs numbers > 0`)
      }
    }
  }
}

/** Median distance of neighbouring times; of an even number of distances the lower middle one. */
function typicalSpacing(all: readonly Series[]): number {
  const spacings = all.flatMap(({ times }) => Array.from(times.subarray(1), (t, i) => t - (times[i] as number)))
  spacings.sort((a, b) => a - b)
  // 1900.2 - 1900.1 is 0.1 but for rounding, and is better shown as that.
  return Number((spacings[(spacings.length - 1) >> 1] as number).toPrecision(12))
}

function hashOf(all: readonly Series[]): string {
  const hash = createHash('sha256')
  for (const { id, times, values } of all) {
    hash.update(`${JSON.stringify(id)} ${times.length}\n`)
    hash.update(times).update(values)
  }
  return hash.digest('hex')
}

/** The rows with from < time <= to, of a series of so many columns. */
export function rowsBetween({ id, times, values, lines }: Series, columns: number, from: number, to: number): Series {
  const first = times.filter((t) => t <= from).length
  const last = times.filter((t) => t <= to).length
  return {
    id,
    times: times.slice(first, last),
    values: values.slice(first * columns, last * columns),
    lines: lines.slice(first, last),
  }
}
