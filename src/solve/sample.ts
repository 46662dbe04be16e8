/** Solves of a batch in which every row has its own steps, times and end. */

import { checkNumbers, checkOneOf, checkStates, type Numbers, precisionOf } from '../core/check.ts'
import { SolveError } from '../core/errors.ts'
import { Field } from '../program/field.ts'
import { attemptAll } from './attempt-all.ts'
import { budgetOf, causeOf, type StepInfo, timeLeft, type WatchOptions } from './budget.ts'
import { checkSpan, type SteadyOptions } from './drive.ts'
import type { StateEvent } from './event.ts'
import type { FieldFunction } from './host-field.ts'
import { fed } from './input.ts'
import { checkStepping, type SolverOptions } from './options.ts'
import { reachedBy } from './reached.ts'
import { joined, type Rows, SampleSolution } from './sample-solution.ts'
import type { Ending, Reached } from './solution.ts'
import { Solve } from './solve.ts'

interface SampleOptions extends SolverOptions, WatchOptions, SteadyOptions {
  readonly dense?: boolean
  readonly events?: readonly StateEvent[]
}

/** Solves one row. */
type One<O> = (field: FieldFunction | Field, y0: Numbers, ts: Numbers, options: O) => Reached

/** Solves row by row where that is asked for; undefined where the rows have steps in common. */
export function bySample<O extends SampleOptions>(
  field: FieldFunction | Field,
  y0: Rows,
  ts: Rows,
  options: O,
  one: One<O>,
): Reached | undefined {
  if (checkOneOf('control', options.control ?? 'batch', ['batch', 'sample']) === 'batch') return undefined
  const states = statesOf(field, y0)
  const times = timesOf(ts, options, states)
  const network = field instanceof Field ? field : undefined
  options.input?.checkRows(states.length)
  // What is wrong with one row is said before any is solved.
  const [dim, dtype] =
    field instanceof Field ? [field.dim, field.dtype] : [states[0]?.length ?? 0, precisionOf(states[0] ?? [])]
  const shared = new Map([...new Set(times)].map((t) => [t, checkStepping(options, t, dim, dtype, network)]))
  const watched = budgetOf(options, options.maxNfe) !== undefined || options.events !== undefined
  if (!(field instanceof Field) || watched) return whole(apart(field, states, times, options, one), ts, options)
  const solves: Solve[] = []
  try {
    for (const [i, row] of states.entries()) {
      const t = times[i] as Float64Array
      const stepping = shared.get(t) as ReturnType<typeof checkStepping>
      const task = {
        dtype,
        dim,
        batch: 1,
        y0: row,
        times: t,
        field: fed(field, options.input?.path(i)),
        stepping,
        keepStages: options.dense ?? true,
      }
      solves.push(new Solve({ ...task, outputs: 'all', budget: 0 }))
    }
    const ends = attemptAll(solves)
    return whole(
      solves.map((solve, i) => reachedBy(solve, ends[i] as number)),
      ts,
      options,
    )
  } finally {
    for (const solve of solves) solve.free()
  }
}

/** One row after the other. */
function apart<O extends SampleOptions>(
  field: FieldFunction | Field,
  states: readonly Numbers[],
  times: readonly Float64Array[],
  options: O,
  one: One<O>,
): Reached[] {
  const { maxMs, onStep, input } = options
  const left = maxMs === undefined ? undefined : timeLeft(maxMs)
  return states.map((row, i) => {
    const told = onStep !== undefined && { onStep: (step: StepInfo) => onStep({ ...step, row: i }) }
    const budget = left && { maxMs: left() }
    const path = input && { input: input.path(i) }
    return one(field, row, times[i] as Float64Array, { ...options, control: 'batch', ...budget, ...told, ...path })
  })
}

/** All rows as one solution, whose failure is that of the first that failed. */
function whole(rows: readonly Reached[], ts: Rows, options: SampleOptions): Reached<SampleSolution> {
  let failure: Reached['failure']
  for (const [row, { ending, solution, failure: own }] of rows.entries()) {
    if (own === undefined) continue
    ending.error = new SolveError({ ...own, row }, solution, causeOf(options))
    failure ??= { ...own, row }
  }
  const solutions = rows.map(({ solution }) => solution)
  const common = isRows(ts) ? new Float64Array(0) : Float64Array.from(ts)
  const count = solutions.reduce((n, solution) => Math.min(n, solution.ts.length), common.length)
  const [t = Number.NaN, ...others] = new Set(solutions.map((solution) => solution.t))
  const ending: Ending = {
    status: solutions.length > 0 && solutions.every(({ status }) => status === 'steady') ? 'steady' : 'ok',
    t: failure?.t ?? (others.length > 0 ? Number.NaN : t),
    y: joined(solutions, ({ y }) => y),
  }
  return { solution: new SampleSolution(solutions, common.slice(0, count), ending), ending, failure }
}

function isRows(values: Rows): values is readonly Numbers[] {
  return Array.isArray(values) && typeof values[0] === 'object'
}

function statesOf(field: FieldFunction | Field, y0: Rows): readonly Numbers[] {
  if (field instanceof Field) {
    const { dim, dtype } = field
    if (!isRows(y0)) {
      const count = checkStates('y0', y0, dim, dtype)
      return Array.from({ length: count }, (_, i) => y0.slice(i * dim, (i + 1) * dim))
    }
    for (const [i, row] of y0.entries())
      if (checkStates(`y0[${i}]`, row, dim, dtype) !== 1)
        throw new RangeError(`y0[${i}] must hold ${dim} numbers, one row, got ${row.length}`)
    return y0
  }
  const rows = isRows(y0) ? y0 : [y0]
  for (const [i, row] of rows.entries()) {
    checkNumbers(isRows(y0) ? `y0[${i}]` : 'y0', row)
    const [first] = rows as [Numbers]
    if (row.length !== first.length || precisionOf(row) !== precisionOf(first))
      throw new RangeError(`y0[${i}] must be like y0[0], ${first.length} numbers in its precision, got ${row.length}`)
  }
  return rows
}

function timesOf(ts: Rows, options: SampleOptions, states: readonly Numbers[]): readonly Float64Array[] {
  const [first = []] = states
  if (!isRows(ts)) return new Array<Float64Array>(states.length).fill(checkSpan('ts', ts, options, first))
  if (ts.length !== states.length)
    throw new RangeError(`ts must be one list of times, or one for each of ${states.length} rows, got ${ts.length}`)
  return ts.map((row, i) => checkSpan(`ts[${i}]`, row, options, first))
}
