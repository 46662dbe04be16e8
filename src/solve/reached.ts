import * as abi from '../../assembly/abi.ts'
import { read, sizeOf, type Vector } from '../core/boundary.ts'
import { type Ending, type Reached, Solution } from './solution.ts'
import type { Solve } from './solve.ts'

/** What a solve for all of its times has computed, to its end or until it failed. */
export function reachedBy(solve: Solve, status: number): Reached {
  const { outputs, stats } = solve
  const { dtype, batch, dim, times, keepStages } = solve.task
  const n = batch * dim
  // An empty batch has its outputs without a step, and a solve that was aborted beforehand is still at its start.
  const count = batch === 0 ? times.length : Math.max(1, outputs)
  const ys: Vector[] = []
  for (let j = 0; j < count; j++)
    ys.push(outputs ? read(dtype, solve.outputPointer + j * n * sizeOf(dtype), n) : solve.y)
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
