import { type Vector, vector } from '../core/boundary.ts'
import type { Numbers } from '../core/check.ts'
import { type Ending, Solution } from './solution.ts'
import { addStats } from './stats.ts'

/** One list of numbers, or one for each row. */
export type Rows = Numbers | readonly Numbers[]

/**
 * The solution of a batch in which every row was solved by itself (`control: 'sample'`). Rows that have one list of times have `ts` and
 * `ys` as a batch has them; where each has its own these are empty, and `rows` has all. `y` holds the rows' last states; `t` is the time of
 * the first failure, or the one at which all rows end, NaN if there is none. `status` is 'steady' where all rows are.
 */
export class SampleSolution<S extends Solution = Solution> extends Solution {
  /** Each row's solution, with its own times, statistics, steps and status. */
  readonly rows: readonly S[]

  constructor(rows: readonly S[], ts: Float64Array, ending: Ending) {
    const ys = Array.from(ts, (_, j) => joined(rows, (row) => row.ys[j] as Vector))
    const none = {
      nfe: 0,
      steps: 0,
      accepted: 0,
      rejected: 0,
      dtMin: 0,
      dtMax: 0,
      njev: 0,
      nlu: 0,
      kinks: 0,
      stiff: undefined,
    }
    super(ts, ys, rows.map(({ stats }) => stats).reduce(addStats, none), undefined, ending)
    this.rows = rows
  }

  override get stepTimes(): Float64Array {
    throw new RangeError('each row has steps of its own: use rows[i].stepTimes')
  }

  /** The states of all rows at a time that lies within the times of each. */
  override at(t: number): Vector {
    return joined(this.rows, (row) => row.at(t))
  }

  override derivativeAt(t: number): Vector {
    return joined(this.rows, (row) => row.derivativeAt(t))
  }
}

/** One vector of each row, one behind the other. */
export function joined<S extends Solution>(rows: readonly S[], part: (row: S) => Vector): Vector {
  const parts = rows.map(part)
  const all = vector(
    parts[0] instanceof Float64Array ? 'f64' : 'f32',
    parts.reduce((n, { length }) => n + length, 0),
  )
  let at = 0
  for (const values of parts) {
    all.set(values, at)
    at += values.length
  }
  return all
}
