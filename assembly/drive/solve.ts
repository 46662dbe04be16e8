import {
  FIELD_DIM, FIELD_LAYER_PARAMS, FIELD_OPS, FIELD_OP_COUNT, KINKED, OP_ACT, OP_BYTES, RESUME_NOT, RESUME_ON, SOLVE_ACCEPTED, SOLVE_ARENA,
  SOLVE_ATOL, SOLVE_BATCH, SOLVE_COMPONENT, SOLVE_ESTIMATE, SOLVE_EVAL, SOLVE_FIELD, SOLVE_H, SOLVE_H_LARGEST, SOLVE_H_SMALLEST,
  SOLVE_JACOBIANS, SOLVE_K, SOLVE_KINKS, SOLVE_NFE, SOLVE_REJECTED, SOLVE_RESUME, SOLVE_RTOL, SOLVE_STEPS, SOLVE_T, SOLVE_T0, SOLVE_T1,
  SOLVE_TABLEAU, SOLVE_TAPE, SOLVE_Y, SOLVE_Y0, SOLVE_Y_NEXT, SOLVE_Y_STAGE, STATUS_MAX_STEPS, STATUS_NON_FINITE_FIELD, STATUS_OK,
  STATUS_STEP_UNDERFLOW, STEPS_ADAPTIVE, TABLEAU_ROSENBROCK, TABLEAU_TWIN,
} from '../abi'
import { ACT_IDENTITY } from '../activations'
import { bytesOf, firstNonFiniteEither } from '../kernels/either'
import { registerBytes } from '../program/registers'
import { aim, EVAL_TAPE, evaluations, evaluator } from '../program/evaluator'
import { evaluate } from '../program/run'
import { tapeNew } from '../program/tape'
import { linearisation } from '../step/linearise'
import { startTwin } from '../step/reversible'
import { denseStages, state, stateTable } from '../step/runge-kutta'
import { adaptive } from './adaptive'
import { holder } from './controller'
import { fixed } from './fixed'
import { beginKinks, prepareKinks } from './kinks'
import { emitStart } from './outputs'
import { recordState, trajectoryNew } from './trajectory'

/** Values in the state of the whole batch. */
@inline
export function stateLength(s: usize): i32 {
  return load<i32>(s, SOLVE_BATCH) * load<i32>(load<usize>(s, SOLVE_FIELD), FIELD_DIM)
}

function prepare(s: usize, n: i32, wide: bool): void {
  const arena = load<usize>(s, SOLVE_ARENA), bytes = bytesOf(n, wide)
  store<usize>(s, evaluator(arena, load<usize>(s, SOLVE_FIELD), load<i32>(s, SOLVE_BATCH), wide), SOLVE_EVAL)
  store<usize>(s, stateTable(arena, denseStages(load<usize>(s, SOLVE_TABLEAU)), n, wide), SOLVE_K)
  const judged = WHOLE && load<i32>(s, SOLVE_STEPS) == STEPS_ADAPTIVE, states = stateTable(arena, judged ? 4 : 3, n, wide)
  store<usize>(s, state(states, 0), SOLVE_Y)
  store<usize>(s, state(states, 1), SOLVE_Y_NEXT)
  store<usize>(s, state(states, 2), SOLVE_Y_STAGE)
  if (judged) store<usize>(s, state(states, 3), SOLVE_ESTIMATE)
  memory.copy(load<usize>(s, SOLVE_Y), load<usize>(s, SOLVE_Y0), bytes)
  trajectoryNew(s, bytes)
  if (WHOLE) prepareTape(s, wide)
  const twin = WHOLE ? load<usize>(load<usize>(s, SOLVE_TABLEAU), TABLEAU_TWIN) : 0
  if (twin) startTwin(twin, load<usize>(s, SOLVE_Y0), bytes)
  if (WHOLE && load<usize>(load<usize>(s, SOLVE_TABLEAU), TABLEAU_ROSENBROCK)) {
    const e = load<usize>(s, SOLVE_EVAL), rtol = load<usize>(s, SOLVE_RTOL), atol = load<usize>(s, SOLVE_ATOL)
    linearisation(arena, e, rtol, atol, s + SOLVE_JACOBIANS, wide)
  }
  if (WHOLE && load<usize>(s, SOLVE_KINKS)) prepareKinks(s, bytes, wide)
  store<f64>(s, load<f64>(s, SOLVE_T0), SOLVE_T)
  store<f64>(s, 0, SOLVE_H)
  store<f64>(s, Infinity, SOLVE_H_SMALLEST)
  store<f64>(s, 0, SOLVE_H_LARGEST)
  store<i32>(s, 0, SOLVE_ACCEPTED)
  store<i32>(s, 0, SOLVE_REJECTED)
}

/** Multiplications for each number on the tape below which it pays in a cache only (of a megabyte), not in memory. */
const DEAR: u64 = 6
const CACHE: usize = 1 << 20

/** Has the field an activation that is not piecewise linear? One value of it costs as much as forty multiplications. */
function curved(f: usize): bool {
  let op = load<usize>(f, FIELD_OPS)
  for (let i = load<i32>(f, FIELD_OP_COUNT); i > 0; i--, op += OP_BYTES) {
    if (!((KINKED | 1 << ACT_IDENTITY) >> load<i32>(op, OP_ACT) & 1)) return true
  }
  return false
}

/** A tape, where it has room for two steps, and a step is what its tableau says. */
function prepareTape(s: usize, wide: bool): void {
  const tableau = load<usize>(s, SOLVE_TABLEAU), f = load<usize>(s, SOLVE_FIELD), batch = load<i32>(s, SOLVE_BATCH)
  if (load<usize>(tableau, TABLEAU_TWIN) || load<usize>(s, SOLVE_KINKS)) return
  const each = registerBytes(f, batch, wide), count = denseStages(tableau), work = <u64>load<i32>(f, FIELD_LAYER_PARAMS) * batch
  let bytes = load<usize>(s, SOLVE_TAPE)
  if (work << (wide ? 3 : 2) < DEAR * each && !curved(f)) bytes = min<usize>(bytes, CACHE)
  if (bytes < 2 * <u64>count * each) return
  const tape = tapeNew(load<usize>(s, SOLVE_ARENA), f, batch, load<usize>(s, SOLVE_K), count, bytes, wide)
  store<usize>(load<usize>(s, SOLVE_EVAL), tape, EVAL_TAPE)
}

/** k[0] = f(t, y), where the drive begins or begins anew. */
function startDerivative(s: usize, n: i32, wide: bool): i32 {
  if (WHOLE && load<usize>(s, SOLVE_KINKS)) beginKinks(s)
  const f0 = state(load<usize>(s, SOLVE_K), 0), e = load<usize>(s, SOLVE_EVAL), t = load<f64>(s, SOLVE_T)
  if (WHOLE) aim(e, t, t + (load<f64>(s, SOLVE_T1) - load<f64>(s, SOLVE_T0)))
  evaluate(e, t, load<usize>(s, SOLVE_Y), f0, wide)
  const bad = firstNonFiniteEither(n, f0, wide)
  store<i32>(s, bad, SOLVE_COMPONENT)
  return bad < 0 ? STATUS_OK : STATUS_NON_FINITE_FIELD
}

/** Sets a solve up at its start: everything up to the first step. Returns the status. */
export function start(s: usize, n: i32, wide: bool): i32 {
  prepare(s, n, wide)
  const t0 = load<f64>(s, SOLVE_T0), y = load<usize>(s, SOLVE_Y)
  recordState(s, t0, y)
  emitStart(s, n, t0, y, wide)
  return startDerivative(s, n, wide)
}

/** Notes what there is to say at the end, or while the drive waits. */
export function end(s: usize, n: i32, status: i32, wide: bool): void {
  if (WHOLE && (status == STATUS_MAX_STEPS || status == STATUS_STEP_UNDERFLOW)) {
    store<i32>(s, holder(s, n, wide), SOLVE_COMPONENT)
  }
  store<i32>(s, evaluations(load<usize>(s, SOLVE_EVAL)), SOLVE_NFE)
}

/** Solves what `s` asks for (abi, SOLVE_*), or goes on with it. Returns the status; the rest is in `s`. */
export function solve(s: usize, wide: bool): i32 {
  const n = stateLength(s), resume = WHOLE ? load<i32>(s, SOLVE_RESUME) : RESUME_NOT
  let status: i32 = STATUS_OK
  if (resume == RESUME_NOT) status = start(s, n, wide)
  else if (resume != RESUME_ON) status = startDerivative(s, n, wide)
  if (status == STATUS_OK) status = load<i32>(s, SOLVE_STEPS) == STEPS_ADAPTIVE ? adaptive(s, n, wide) : fixed(s, n, wide)
  end(s, n, status, wide)
  return status
}
