import * as abi from '../../assembly/abi.ts'
import { Arena } from '../core/arena.ts'
import { copy, type Dtype, type Pointer, setWords, sizeOf } from '../core/boundary.ts'
import { type Failure, SolveError } from '../core/errors.ts'
import type { Stepping } from '../solve/options.ts'
import { Solve } from '../solve/solve.ts'

/** The adjoint equation of a field for a batch. */
export interface AdjointEquation {
  readonly dtype: Dtype
  readonly field: Pointer
  readonly rows: number
  readonly dim: number
  /** Numbers in the parameter cotangent; none where it is not wanted. */
  readonly parameters: number
  /** Is the parameter cotangent in the error norm? */
  readonly whole: boolean
}

/** Where the parts of its state are: the states of the batch, their cotangent and that of the parameters. */
export interface Parts {
  readonly y: Pointer
  readonly a: Pointer
  readonly q: Pointer
}

/** Solves from the first of `times` to the last and leaves the result where the start was. Returns the evaluations it took. */
export function solveBack(equation: AdjointEquation, stepping: Stepping, times: Float64Array, parts: Parts): number {
  const { dtype, rows, dim, parameters } = equation
  const bytes = rows * dim * sizeOf(dtype)
  const total = 2 * rows * dim + parameters
  const pieces: readonly (readonly [Pointer, number, number])[] = [
    [parts.y, 0, bytes],
    [parts.a, bytes, bytes],
    [parts.q, 2 * bytes, parameters * sizeOf(dtype)],
  ]
  const arena = new Arena()
  let solve: Solve | undefined
  try {
    const y0 = arena.zeros(dtype, total)
    for (const [at, from, length] of pieces) copy(y0 + from, at, length)
    const field = (own: Arena): Pointer => layOut(own, equation, total)
    const task = { dtype, field, dim: total, batch: 1, y0, times, stepping: measured(equation, stepping, total) }
    solve = new Solve({ ...task, outputs: 'last', budget: 0, keepStages: false })
    const status = solve.attempt()
    if (status !== abi.STATUS_OK) throw failed(equation, solve.failure(status))
    for (const [at, from, length] of pieces) copy(at, solve.outputPointer + from, length)
    return solve.stats.nfe
  } finally {
    solve?.free()
    arena.free()
  }
}

/** The field that the core solves (abi, FIELD_ADJOINT). */
function layOut(arena: Arena, { dtype, field, rows, dim, parameters, whole }: AdjointEquation, total: number): Pointer {
  const at = arena.bytes(abi.FIELD_SIZE)
  setWords(at, [
    [abi.FIELD_KIND, abi.FIELD_ADJOINT],
    [abi.FIELD_DIM, total],
    [abi.FIELD_OF, field],
    [abi.FIELD_ROWS, rows],
    [abi.FIELD_NORMED, whole ? total : 2 * rows * dim],
    [abi.FIELD_SCALES, whole ? total : dim],
    ...[rows * dim, rows * dim, rows * dim, parameters].map(
      (length, i) => [abi.FIELD_ROOM + 4 * i, arena.zeros(dtype, length)] as const,
    ),
  ])
  return at
}

/** The stepping with tolerances as the norm takes them: those of a component for its cotangent too, the largest for parameters. */
function measured({ rows, dim, whole }: AdjointEquation, stepping: Stepping, total: number): Stepping {
  if (!whole) return stepping
  const spread = (values: Float64Array): Float64Array =>
    new Float64Array(total)
      .fill(Math.max(...values))
      .map((largest, i) => (i < 2 * rows * dim ? (values[i % dim] as number) : largest))
  return { ...stepping, rtol: spread(stepping.rtol), atol: spread(stepping.atol) }
}

/** Names row and component of the state at fault, and that it was on the way back. */
function failed({ rows, dim }: AdjointEquation, failure: Failure): SolveError {
  const at = failure.component
  const place = at < 2 * rows * dim ? at % (rows * dim) : -1
  const row = place < 0 ? -1 : Math.floor(place / dim)
  const component = place < 0 ? -1 : place % dim
  const error = new SolveError({ ...failure, row, component, y: failure.y.slice(0, rows * dim) })
  error.message += ' This was the adjoint equation, backwards in time: use checkpoint() where it cannot be solved.'
  return error
}
