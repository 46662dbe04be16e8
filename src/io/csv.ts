/** Tables with a header line, for measurements over time: read strictly, every complaint with file and line. */

import { parse } from 'csv-parse/sync'

/** A table as text. Row r of every column stands in line `lines[r]` of the file, counted from 1. */
export interface Table {
  /** Name of the file, for messages. */
  readonly source: string
  readonly rows: number
  readonly columns: ReadonlyMap<string, readonly string[]>
  readonly lines: readonly number[]
}

/** The measurements of one subject: strictly increasing `times`, `values` [rows, states] row-major, NaN = missing. */
export interface Series {
  /** The cell of the id column; '' in a table without one. */
  readonly id: string
  readonly times: Float64Array
  readonly values: Float64Array
  /** The line of the file each row came from. */
  readonly lines: readonly number[]
}

/** A table that cannot be read as asked. The message gives file, line, column, cell and what was expected. */
export class TableError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'TableError'
  }
}

const MISSING = new Set(['', 'na', 'nan', 'null', '-'])
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i

/**
 * Reads CSV text whose first line names the columns. Takes a byte order mark, any line ends (read as \n), quoted cells
 * (RFC 4180), spaces around cells, blank lines and whole lines that start with `#`.
 *
 * @param source name of the file, for messages.
 * @throws TableError for no header, a name twice, a row of another length, broken quotes, or no rows.
 */
export function parseTable(text: string, source: string): Table {
  const [head, ...body] = records(text, source)
  if (head === undefined) throw new TableError(`${source}: the file is empty, expected a line with column names`)
  if (body.length === 0) throw new TableError(`${source}:${head.line}: no rows below the column names`)
  const columns = new Map<string, string[]>()
  for (const name of head.cells) {
    if (columns.has(name)) throw new TableError(`${source}:${head.line}: column '${name}' appears twice, rename one`)
    columns.set(name, [])
  }
  const cells = [...columns.values()]
  for (const row of body) {
    if (row.cells.length !== cells.length) {
      const [got, expected] = [plural(row.cells.length, 'cell'), plural(cells.length, 'column')]
      throw new TableError(`${source}:${row.line}: ${got} in a table of ${expected}`)
    }
    for (const [c, cell] of row.cells.entries()) cells[c]?.push(cell)
  }
  return { source, rows: body.length, columns, lines: body.map((row) => row.line) }
}

/**
 * A column as numbers. With `missing`, an empty cell, NA, NaN, null and - (in any case) read as NaN; default: an error.
 *
 * @throws TableError for a column that is not there, and for a cell that is no finite decimal number.
 */
export function numberColumn(table: Table, name: string, options: { readonly missing?: boolean } = {}): Float64Array {
  const missing = options.missing ?? false
  return Float64Array.from(textColumn(table, name), (cell, row) => {
    if (missing && MISSING.has(cell.toLowerCase())) return Number.NaN
    const value = NUMBER.test(cell) ? Number(cell) : Number.NaN
    if (Number.isFinite(value)) return value
    const found = cell === '' ? 'is empty' : `holds '${cell}'`
    throw new TableError(`${place(table, row)}: column '${name}' ${found}, expected a number`)
  })
}

/**
 * The rows as time series: one, or one per value of the `id` column in order of first appearance (rows of several
 * series may alternate). State cells may be missing, also all of a row; a time may not.
 *
 * @throws TableError where a time does not come after the one before it in its series, or a series has one row only.
 */
export function series(
  table: Table,
  names: { readonly time: string; readonly state: readonly string[]; readonly id?: string },
): Series[] {
  if (names.state.length === 0) throw new RangeError('state must name at least one column, got none')
  const time = numberColumn(table, names.time)
  const states = names.state.map((name) => numberColumn(table, name, { missing: true }))
  return groups(table, names.id).map(([id, rows]) => {
    const times = Float64Array.from(rows, (row) => time[row] as number)
    checkTimes(table, rows, times)
    if (rows.length < 2) {
      const whose = names.id === undefined ? 'the table' : `series '${id}'`
      throw new TableError(`${place(table, rows[0] as number)}: ${whose} has one row, at least two are needed`)
    }
    const values = Float64Array.from(rows.flatMap((row) => states.map((state) => state[row] as number)))
    return { id, times, values, lines: rows.map((row) => table.lines[row] as number) }
  })
}

/**
 * CSV text of columns of equal length, such as a Map or Object.entries(...). Numbers keep every bit when read back,
 * NaN becomes an empty cell.
 */
export function formatTable(columns: Iterable<readonly [name: string, cells: ArrayLike<string | number>]>): string {
  const list = [...columns]
  const rows = list[0]?.[1].length ?? 0
  for (const [name, cells] of list) {
    if (cells.length !== rows) {
      throw new RangeError(`columns must be equally long, got '${name}' of ${cells.length} beside ${rows}`)
    }
  }
  // A lone empty cell would be a blank line, which a reader skips.
  const lone = list.length === 1
  const lines = [list.map(([name]) => formatCell(name, lone)).join(',')]
  for (let r = 0; r < rows; r++) lines.push(list.map(([, cells]) => formatCell(cells[r] ?? '', lone)).join(','))
  return `${lines.join('\n')}\n`
}

interface Row {
  readonly line: number
  readonly cells: readonly string[]
}

function records(text: string, source: string): Row[] {
  // csv-parse takes the first line end it meets for the only one, and counts two lines for \r\n in a quoted cell.
  const unix = text.replace(/\r\n?/g, '\n')
  const rows: Row[] = []
  let end = 0
  const keep = (cells: string[], { lines }: { lines: number }): null => {
    end = lines
    // It counts to the last line of a record; a message should point at the first.
    rows.push({ cells, line: lines - (cells.join('').match(/\n/g)?.length ?? 0) })
    return null
  }
  try {
    parse(unix, {
      bom: true,
      comment: '#',
      comment_no_infix: true,
      on_record: keep,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    })
  } catch (error) {
    const { code, lines } = error as { code?: string; lines?: number }
    if (code === 'CSV_QUOTE_NOT_CLOSED')
      throw new TableError(`${source}:${end + 1}: a quote from here on is not closed`)
    if (code === undefined) throw error
    throw new TableError(`${source}:${lines}: a quote inside a cell: quote the whole cell, and write its quotes twice`)
  }
  return rows
}

function textColumn(table: Table, name: string): readonly string[] {
  const column = table.columns.get(name)
  if (column === undefined) {
    throw new TableError(`${table.source}: no column '${name}', there are: ${[...table.columns.keys()].join(', ')}`)
  }
  return column
}

function groups(table: Table, id: string | undefined): [id: string, rows: number[]][] {
  if (id === undefined) return [['', Array.from({ length: table.rows }, (_, row) => row)]]
  const found = new Map<string, number[]>()
  for (const [row, cell] of textColumn(table, id).entries()) {
    if (cell === '')
      throw new TableError(`${place(table, row)}: column '${id}' is empty, expected the name of a series`)
    const rows = found.get(cell)
    if (rows === undefined) found.set(cell, [row])
    else rows.push(row)
  }
  return [...found]
}

function checkTimes(table: Table, rows: readonly number[], times: Float64Array): void {
  for (let i = 1; i < times.length; i++) {
    const [before, now] = [times[i - 1] as number, times[i] as number]
    if (now > before) continue
    const fault = now === before ? 'repeats' : `comes after ${before}: sort the rows by time`
    throw new TableError(`${place(table, rows[i] as number)}: time ${now} ${fault}`)
  }
}

function place(table: Table, row: number): string {
  return `${table.source}:${table.lines[row]}`
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function formatCell(cell: string | number, lone: boolean): string {
  const text = typeof cell === 'string' ? cell : Number.isNaN(cell) ? '' : Object.is(cell, -0) ? '-0' : String(cell)
  return /^#|^\s|\s$|[",\r\n]/.test(text) || (lone && text === '') ? `"${text.replaceAll('"', '""')}"` : text
}
