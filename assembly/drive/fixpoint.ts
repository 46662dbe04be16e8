import { FIELD_DIM, STATUS_NON_FINITE_ITERATE, STATUS_NOT_CONVERGED, STATUS_OK } from '../abi'
import {
  FIX_ARENA, FIX_AT, FIX_BATCH, FIX_COMPONENT, FIX_FIELD, FIX_GAMMA, FIX_ITERATIONS, FIX_MAX_ITERATIONS, FIX_MEMORY, FIX_NFE, FIX_PARAMS,
  FIX_RESIDUALS, FIX_ROW, FIX_TOL, FIX_U, FIX_Z,
} from '../abi-fixpoint'
import { add, scale, subtract } from '../kernels/elementwise'
import { firstNonFinite, innerProduct } from '../kernels/reduce'
import { arenaAlloc, arenaAlloc64 } from '../memory/arena'
import { evaluate, evaluateKeep, evaluateTranspose, evaluator, evaluatorTranspose } from '../program/run'
import { andersonStep, mixed, paddedBytes, recordBytes } from '../step/anderson'

// The drive of an equilibrium: z = gamma f(z) + u, every row until it has converged by its own norm. The transposed equation
// of its gradient, v = gamma J^T v + u with J = f'(z), is solved by the same loop: its map is as contractive as the first.
// The map is evaluated for the whole batch until the last row has converged; a row that has is not touched again.

// Work of one iteration.
const EVAL: usize = 0
/** The map's image of all rows, and a copy of the iterates where the transpose would use them up. */
const IMAGE: usize = 4
const COPY: usize = 8
/** One record per row. */
const RECORDS: usize = 12
/** f = G(z) - z of the row at hand, and scratch of its step; both padded. */
const F: usize = 16
const W: usize = 20
const WORK_SIZE: usize = 32

function prepare<T>(s: usize, n: i32): usize {
  const arena = load<usize>(s, FIX_ARENA), batch = load<i32>(s, FIX_BATCH), dim = n / batch
  const bytes = <usize>n * sizeof<T>(), at = load<usize>(s, FIX_AT)
  const w = arenaAlloc(arena, WORK_SIZE), e = evaluator(arena, load<usize>(s, FIX_FIELD), batch, sizeof<T>() == 8)
  store<usize>(w, e, EVAL)
  store<usize>(w, arenaAlloc(arena, bytes), IMAGE)
  store<usize>(w, arenaAlloc64(arena, <u64>batch * recordBytes<T>(dim, load<i32>(s, FIX_MEMORY))), RECORDS)
  store<usize>(w, arenaAlloc(arena, paddedBytes<T>(dim)), F)
  store<usize>(w, arenaAlloc(arena, paddedBytes<T>(dim)), W)
  if (at) {
    store<usize>(w, arenaAlloc(arena, bytes), COPY)
    evaluatorTranspose(arena, e, 1, sizeof<T>() == 8)
    evaluateKeep<T>(e, 0, 0, at, arenaAlloc(arena, bytes))
  }
  store<i32>(s, 0, FIX_NFE)
  store<i32>(s, -1, FIX_ROW)
  store<i32>(s, -1, FIX_COMPONENT)
  return w
}

/** The image of all iterates. */
function image<T>(s: usize, w: usize, n: i32): void {
  const z = load<usize>(s, FIX_Z), g = load<usize>(w, IMAGE), e = load<usize>(w, EVAL), copy = load<usize>(w, COPY)
  if (copy) {
    memory.copy(copy, z, <usize>n * sizeof<T>())
    evaluateTranspose<T>(e, 0, copy, g, 0)
  } else evaluate<T>(e, 0, z, g)
  scale<T>(n, load<f64>(s, FIX_GAMMA), g, g)
  add<T>(n, g, load<usize>(s, FIX_U), g)
  store<i32>(s, load<i32>(s, FIX_NFE) + 1, FIX_NFE)
}

/** Names the row at fault, and its first component that is not finite or else its largest. */
function blame<T>(s: usize, row: i32, dim: i32, f: usize): i32 {
  let worst = firstNonFinite<T>(dim, f)
  if (worst < 0) {
    worst = 0
    for (let i = 1; i < dim; i++) {
      const size = abs<T>(load<T>(f + <usize>i * sizeof<T>()))
      if (size > abs<T>(load<T>(f + <usize>worst * sizeof<T>()))) worst = i
    }
  }
  store<i32>(s, row, FIX_ROW)
  store<i32>(s, worst, FIX_COMPONENT)
  return STATUS_NON_FINITE_ITERATE
}

/** Judges the iterate of one row and, unless it has converged, makes the next one. */
function advance<T>(s: usize, w: usize, row: i32, dim: i32): i32 {
  const bytes = <usize>dim * sizeof<T>(), at = <usize>row * bytes
  const z = load<usize>(s, FIX_Z) + at, g = load<usize>(w, IMAGE) + at, u = load<usize>(s, FIX_U) + at
  const f = load<usize>(w, F), m = load<i32>(s, FIX_MEMORY)
  const record = load<usize>(w, RECORDS) + <usize>row * recordBytes<T>(dim, m)
  subtract<T>(dim, g, z, f)
  const norm = sqrt<f64>(innerProduct<T>(dim, f, f)), size = sqrt<f64>(max<f64>(innerProduct<T>(dim, g, g), innerProduct<T>(dim, u, u)))
  // A wild guess of the acceleration is not the map's fault, and is thrown away below.
  const finite = norm + size < Infinity
  if (!finite && !mixed(record)) return blame<T>(s, row, dim, f)
  // An iterate that is its own image is a fixed point, also where all is 0.
  const residual = !finite ? Infinity : norm == 0 ? 0 : norm / size
  store<f64>(load<usize>(s, FIX_RESIDUALS) + (<usize>row << 3), residual)
  if (residual <= load<f64>(s, FIX_TOL)) {
    store<i32>(load<usize>(s, FIX_ITERATIONS) + (<usize>row << 2), load<i32>(s, FIX_NFE))
    return STATUS_OK
  }
  andersonStep<T>(record, dim, m, z, g, f, finite ? norm : NaN, load<usize>(w, W))
  return STATUS_NOT_CONVERGED
}

/** One pass over the rows that have not converged; STATUS_OK when none is left. */
function advanceAll<T>(s: usize, w: usize, batch: i32, dim: i32): i32 {
  let result = STATUS_OK
  for (let row = 0; row < batch; row++) {
    if (load<i32>(load<usize>(s, FIX_ITERATIONS) + (<usize>row << 2))) continue
    const status = advance<T>(s, w, row, dim)
    if (status == STATUS_NON_FINITE_ITERATE) return status
    if (status == STATUS_NOT_CONVERGED) result = status
  }
  return result
}

/** The row with the largest residual. */
function worstRow(s: usize, batch: i32): i32 {
  const residuals = load<usize>(s, FIX_RESIDUALS)
  let worst = 0
  for (let row = 1; row < batch; row++) {
    if (load<f64>(residuals + (<usize>row << 3)) > load<f64>(residuals + (<usize>worst << 3))) worst = row
  }
  return worst
}

/**
 * Solves what `s` asks for (abi, FIX_*; FIX_ITERATIONS begins with zeros). Returns the status; the rest is in `s`. A transposed
 * solve that has converged also adds the parameter cotangent gamma (df/dparameters)^T v.
 */
export function fixpoint<T>(s: usize): i32 {
  const batch = load<i32>(s, FIX_BATCH), dim = load<i32>(load<usize>(s, FIX_FIELD), FIELD_DIM), n = batch * dim
  const w = prepare<T>(s, n)
  let status = STATUS_NOT_CONVERGED
  for (let i = 0; i < load<i32>(s, FIX_MAX_ITERATIONS) && status == STATUS_NOT_CONVERGED; i++) {
    image<T>(s, w, n)
    status = advanceAll<T>(s, w, batch, dim)
  }
  if (status == STATUS_NOT_CONVERGED) store<i32>(s, worstRow(s, batch), FIX_ROW)
  const copy = load<usize>(w, COPY)
  if (status == STATUS_OK && copy) {
    scale<T>(n, load<f64>(s, FIX_GAMMA), load<usize>(s, FIX_Z), copy)
    evaluateTranspose<T>(load<usize>(w, EVAL), 0, copy, load<usize>(w, IMAGE), load<usize>(s, FIX_PARAMS))
    store<i32>(s, load<i32>(s, FIX_NFE) + 1, FIX_NFE)
  }
  return status
}
