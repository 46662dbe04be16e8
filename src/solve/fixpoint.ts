import { STATUS_OK } from '../../assembly/abi.ts'
import * as abi from '../../assembly/abi-fixpoint.ts'
import { Arena } from '../core/arena.ts'
import {
  copy,
  type Dtype,
  getI32,
  guarded,
  type Pointer,
  read,
  setF64,
  setWords,
  sizeOf,
  verbs,
} from '../core/boundary.ts'
import { FixedPointError } from '../core/fixed-point-error.ts'

/** How a fixed point is looked for. */
export interface Iteration {
  readonly gamma: number
  readonly tol: number
  readonly maxIterations: number
  /** Earlier iterates that Anderson acceleration mixes in. */
  readonly memory: number
}

/** A fixed point per row to be found: z = gamma f(z) + u, or z = gamma J^T z + u. */
export interface FixpointTask extends Iteration {
  readonly dtype: Dtype
  readonly field: Pointer
  readonly dim: number
  readonly batch: number
  /** What is added, batch x dim, and what the iteration starts from. */
  readonly u: Pointer
  /** For the transpose: the states J belongs to, and the parameter cotangent to add to. */
  readonly transpose?: { readonly at: Pointer; readonly params: Pointer }
}

/** Fixed points that were found. */
export interface Converged {
  /** Evaluations of f for the whole batch, or products with transposes: one more than iterations, for the parameters. */
  readonly nfe: number
  /** Per row: evaluations until it had converged, and its relative residual. */
  readonly rows: readonly { readonly iterations: number; readonly residual: number }[]
  /** The largest of the residuals; 0 for no rows. */
  readonly residual: number
}

/** Finds the fixed points and writes them to `z`, batch x dim. Throws FixedPointError where a row does not converge. */
export function fixpoint(task: FixpointTask, z: Pointer): Converged {
  const { dtype, dim, batch, u, transpose } = task
  if (batch === 0) return { nfe: 0, rows: [], residual: 0 }
  copy(z, u, batch * dim * sizeOf(dtype))
  const arena = new Arena()
  try {
    const at = arena.bytes(abi.FIX_SIZE)
    const [residuals, iterations] = [arena.zeros('f64', batch), arena.bytes(4 * batch)]
    setF64(at + abi.FIX_GAMMA, task.gamma)
    setF64(at + abi.FIX_TOL, task.tol)
    setWords(at, [
      [abi.FIX_FIELD, task.field],
      [abi.FIX_ARENA, arena.pointer],
      [abi.FIX_BATCH, batch],
      [abi.FIX_U, u],
      [abi.FIX_Z, z],
      [abi.FIX_MAX_ITERATIONS, task.maxIterations],
      [abi.FIX_MEMORY, task.memory],
      [abi.FIX_AT, transpose?.at ?? 0],
      [abi.FIX_PARAMS, transpose?.params ?? 0],
      [abi.FIX_RESIDUALS, residuals],
      [abi.FIX_ITERATIONS, iterations],
    ])
    const status = guarded(() => verbs(dtype).fixpoint(at))
    const left = read('f64', residuals, batch)
    const nfe = getI32(at + abi.FIX_NFE)
    if (status !== STATUS_OK) {
      const [row, component] = [getI32(at + abi.FIX_ROW), getI32(at + abi.FIX_COMPONENT)]
      const phase = transpose === undefined ? 'forward' : 'backward'
      const found = { row, component, residual: left[row] as number, z: read(dtype, z, batch * dim) }
      throw new FixedPointError({ status, phase, iterations: nfe, tol: task.tol, ...found })
    }
    const rows = Array.from(left, (residual, i) => ({ iterations: getI32(iterations + 4 * i), residual }))
    return { nfe, rows, residual: rows.reduce((most, row) => Math.max(most, row.residual), 0) }
  } finally {
    arena.free()
  }
}
