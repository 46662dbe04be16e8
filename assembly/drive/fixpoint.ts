import { FIELD_DIM, STATUS_NON_FINITE_ITERATE, STATUS_NOT_CONVERGED, STATUS_OK } from '../abi'
import {
  FIX_ARENA, FIX_AT, FIX_BATCH, FIX_COMPONENT, FIX_FIELD, FIX_GAMMA, FIX_ITERATIONS, FIX_MAX_ITERATIONS, FIX_MEMORY, FIX_NFE, FIX_PARAMS,
  FIX_RESIDUALS, FIX_ROW, FIX_TOL, FIX_U, FIX_Z,
} from '../abi-fixpoint'
import {
  addEither, bytesOf, firstNonFiniteEither, innerProductEither, scaleEither, subtractEither, valueAt,
} from '../kernels/either'
import { arenaAlloc, arenaAlloc64 } from '../memory/arena'
import { evaluator, evaluatorTranspose } from '../program/evaluator'
import { evaluate, evaluateKeep, evaluateTranspose } from '../program/run'
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

function prepare(s: usize, n: i32, wide: bool): usize {
  const arena = load<usize>(s, FIX_ARENA), batch = load<i32>(s, FIX_BATCH), dim = n / batch
  const bytes = bytesOf(n, wide), at = load<usize>(s, FIX_AT)
  const w = arenaAlloc(arena, WORK_SIZE), e = evaluator(arena, load<usize>(s, FIX_FIELD), batch, wide)
  store<usize>(w, e, EVAL)
  store<usize>(w, arenaAlloc(arena, bytes), IMAGE)
  store<usize>(w, arenaAlloc64(arena, <u64>batch * recordBytes(dim, load<i32>(s, FIX_MEMORY), wide)), RECORDS)
  store<usize>(w, arenaAlloc(arena, paddedBytes(dim, wide)), F)
  store<usize>(w, arenaAlloc(arena, paddedBytes(dim, wide)), W)
  if (at) {
    store<usize>(w, arenaAlloc(arena, bytes), COPY)
    evaluatorTranspose(arena, e, wide)
    evaluateKeep(e, 0, 0, at, arenaAlloc(arena, bytes), wide)
  }
  store<i32>(s, 0, FIX_NFE)
  store<i32>(s, -1, FIX_ROW)
  store<i32>(s, -1, FIX_COMPONENT)
  return w
}

/** The image of all iterates. */
function image(s: usize, w: usize, n: i32, wide: bool): void {
  const z = load<usize>(s, FIX_Z), g = load<usize>(w, IMAGE), e = load<usize>(w, EVAL), copy = load<usize>(w, COPY)
  if (copy) {
    memory.copy(copy, z, bytesOf(n, wide))
    evaluateTranspose(e, 0, copy, g, 0, wide)
  } else evaluate(e, 0, z, g, wide)
  scaleEither(n, load<f64>(s, FIX_GAMMA), g, g, wide)
  addEither(n, g, load<usize>(s, FIX_U), g, wide)
  store<i32>(s, load<i32>(s, FIX_NFE) + 1, FIX_NFE)
}

/** Names the row at fault, and its first component that is not finite or else its largest. */
function blame(s: usize, row: i32, dim: i32, f: usize, wide: bool): i32 {
  let worst = firstNonFiniteEither(dim, f, wide)
  if (worst < 0) {
    worst = 0
    for (let i = 1; i < dim; i++) {
      if (abs<f64>(valueAt(f, i, wide)) > abs<f64>(valueAt(f, worst, wide))) worst = i
    }
  }
  store<i32>(s, row, FIX_ROW)
  store<i32>(s, worst, FIX_COMPONENT)
  return STATUS_NON_FINITE_ITERATE
}

/** Judges the iterate of one row and, unless it has converged, makes the next one. */
function advance(s: usize, w: usize, row: i32, dim: i32, wide: bool): i32 {
  const bytes = bytesOf(dim, wide), at = <usize>row * bytes
  const z = load<usize>(s, FIX_Z) + at, g = load<usize>(w, IMAGE) + at, u = load<usize>(s, FIX_U) + at
  const f = load<usize>(w, F), m = load<i32>(s, FIX_MEMORY)
  const record = load<usize>(w, RECORDS) + <usize>row * recordBytes(dim, m, wide)
  subtractEither(dim, g, z, f, wide)
  const norm = sqrt<f64>(innerProductEither(dim, f, f, wide))
  const size = sqrt<f64>(max<f64>(innerProductEither(dim, g, g, wide), innerProductEither(dim, u, u, wide)))
  // A wild guess of the acceleration is not the map's fault, and is thrown away below.
  const finite = norm + size < Infinity
  if (!finite && !mixed(record)) return blame(s, row, dim, f, wide)
  // An iterate that is its own image is a fixed point, also where all is 0.
  const residual = !finite ? Infinity : norm == 0 ? 0 : norm / size
  store<f64>(load<usize>(s, FIX_RESIDUALS) + (<usize>row << 3), residual)
  if (residual <= load<f64>(s, FIX_TOL)) {
    store<i32>(load<usize>(s, FIX_ITERATIONS) + (<usize>row << 2), load<i32>(s, FIX_NFE))
    return STATUS_OK
  }
  andersonStep(record, dim, m, z, g, f, finite ? norm : NaN, load<usize>(w, W), wide)
  return STATUS_NOT_CONVERGED
}

/** One pass over the rows that have not converged; STATUS_OK when none is left. */
function advanceAll(s: usize, w: usize, batch: i32, dim: i32, wide: bool): i32 {
  let result = STATUS_OK
  for (let row = 0; row < batch; row++) {
    if (load<i32>(load<usize>(s, FIX_ITERATIONS) + (<usize>row << 2))) continue
    const status = advance(s, w, row, dim, wide)
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
export function fixpoint(s: usize, wide: bool): i32 {
  const batch = load<i32>(s, FIX_BATCH), dim = load<i32>(load<usize>(s, FIX_FIELD), FIELD_DIM), n = batch * dim
  const w = prepare(s, n, wide)
  let status = STATUS_NOT_CONVERGED
  for (let i = 0; i < load<i32>(s, FIX_MAX_ITERATIONS) && status == STATUS_NOT_CONVERGED; i++) {
    image(s, w, n, wide)
    status = advanceAll(s, w, batch, dim, wide)
  }
  if (status == STATUS_NOT_CONVERGED) store<i32>(s, worstRow(s, batch), FIX_ROW)
  const copy = load<usize>(w, COPY)
  if (status == STATUS_OK && copy) {
    scaleEither(n, load<f64>(s, FIX_GAMMA), load<usize>(s, FIX_Z), copy, wide)
    evaluateTranspose(load<usize>(w, EVAL), 0, copy, load<usize>(w, IMAGE), load<usize>(s, FIX_PARAMS), wide)
    store<i32>(s, load<i32>(s, FIX_NFE) + 1, FIX_NFE)
  }
  return status
}
