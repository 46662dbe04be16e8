import * as abi from '../../assembly/abi.ts'
import { type Dtype, type Pointer, read, sizeOf, type Vector } from '../core/boundary.ts'
import { type Ending, type Reached, Solution } from './solution.ts'
import type { Solve } from './solve.ts'

/** What a solve for all of its times has computed, to its end or until it failed. */
export function reachedBy(solve: Solve, status: number): Reached {
  const { outputs, stats } = solve
  const { dtype, batch, dim, times, keepStages } = solve.task
  const n = batch * dim
  // An empty batch has its outputs without a step, and a solve that was aborted beforehand is still at its start.
  const count = batch === 0 ? times.length : Math.max(1, outputs)
  const ys = outputs ? statesAt(dtype, solve.outputPointer, n, count) : Array.from({ length: count }, () => solve.y)
  const whole = status === abi.STATUS_OK
  const steady = status === abi.STATUS_STEADY
  const failure = whole || steady ? undefined : solve.failure(status)
  const { t, y } = whole ? { t: times[times.length - 1] as number, y: ys[count - 1] as Vector } : solve
  const ending: Ending = { status: steady ? 'steady' : 'ok', t, y }
  const record = keepStages && batch > 0 ? solve.record : undefined
  return {
    solution: new Solution(count < times.length ? times.slice(0, count) : times, ys, stats, record, ending),
    ending,
    failure,
  }
}

/** Bytes up to which engines keep an array's numbers beside it. Beyond, an array of its own costs twenty times a view of another. */
const INSIDE = 64

/** `count` states of n numbers, as they lie in the core. */
function statesAt(dtype: Dtype, at: Pointer, n: number, count: number): Vector[] {
  const bytes = n * sizeOf(dtype)
  const all = bytes > INSIDE ? read(dtype, at, count * n) : undefined
  return Array.from({ length: count }, (_, j) => all?.subarray(j * n, (j + 1) * n) ?? read(dtype, at + j * bytes, n))
}
