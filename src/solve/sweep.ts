import * as abi from '../../assembly/abi.ts'
import * as sweepAbi from '../../assembly/abi-sweep.ts'
import {
  getF64,
  getI32,
  getPointer,
  guarded,
  type Pointer,
  read,
  setI32,
  setWords,
  type Vector,
  verbs,
} from '../core/boundary.ts'
import type { Solve } from './solve.ts'

/** What a reverse sweep gives besides: the cotangents of the times, and what it cost. */
export interface Swept {
  readonly dt: Float64Array
  readonly nfe: number
  /** Steps taken again. */
  readonly recomputed: number
  /** Of a field that reads a signal: the cotangents of its coefficients, as they lie in the core. */
  readonly coefficients?: Vector
  /** Where the states were computed backwards: how far those are from the states on the way forth, and whether that is near enough. */
  readonly reconstruction?: number
  readonly trusted?: boolean
}

/** A reverse sweep. `gy`: cotangents of the outputs; `gy0`: receives that of y0; `gp`: parameter cotangent to add to. */
export type Sweep = (gy: Pointer, gy0: Pointer, gp: Pointer) => Swept

/** The reverse sweeps over a solve that is still to be run. */
export function sweeper(solve: Solve): Sweep {
  const start = solve.arena.mark()
  let swept = false
  return (gy, gy0, gp) => {
    // A sweep uses the trajectory up: before a second one the solve is done again, to the same bits.
    if (swept) {
      solve.arena.release(start)
      solve.run()
    }
    const again = swept ? solve.stats.nfe : 0
    swept = true
    return sweep(solve, again, gy, gy0, gp)
  }
}

function sweep(solve: Solve, again: number, gy: Pointer, gy0: Pointer, gp: Pointer): Swept {
  const { arena, task, outTimes } = solve
  const { batch, dtype, times, stepping } = task
  if (batch === 0) return { dt: new Float64Array(times.length), nfe: 0, recomputed: 0 }
  const mark = arena.mark()
  const g = arena.bytes(sweepAbi.GRAD_SIZE)
  const out = arena.zeros('f64', outTimes.length)
  const grid = stepping.kind >= abi.STEPS_GRID ? arena.zeros('f64', stepping.count + 1) : 0
  const stops = stepping.kind === abi.STEPS_ADAPTIVE ? (stepping.stops?.times ?? []) : []
  setWords(g, [
    [sweepAbi.GRAD_STOPS, arena.copy('f64', stops)],
    [sweepAbi.GRAD_STOP_COUNT, stops.length],
    [sweepAbi.GRAD_SOLVE, solve.at],
    [sweepAbi.GRAD_OUT, gy],
    [sweepAbi.GRAD_Y0, gy0],
    [sweepAbi.GRAD_PARAMS, gp],
    [sweepAbi.GRAD_OUT_TIMES, out],
    [sweepAbi.GRAD_GRID, grid],
  ])
  const coefficients = withSignal(solve, () => guarded(() => verbs(dtype).sweep(g)))
  const dt = timeCotangents(solve, out, grid, g)
  const cost = { nfe: again + getI32(g + sweepAbi.GRAD_NFE), recomputed: getI32(g + sweepAbi.GRAD_RECOMPUTED) }
  arena.release(mark)
  return { dt, ...cost, ...(coefficients && { coefficients }) }
}

/** Runs a sweep that adds to the cotangents of a signal's coefficients, and returns these; undefined where there is no signal. */
function withSignal({ arena, at }: Solve, run: () => void): Vector | undefined {
  const signal = getPointer(getPointer(at + abi.SOLVE_FIELD) + abi.FIELD_SIGNAL)
  if (signal === 0) {
    run()
    return undefined
  }
  const pieces = getI32(signal + abi.SIGNAL_COUNT) + 1
  const length = pieces * (getI32(signal + abi.SIGNAL_DEGREE) + 1) * getI32(signal + abi.SIGNAL_LENGTH)
  const gradient = arena.zeros('f64', length)
  setI32(signal + abi.SIGNAL_GRADIENT, gradient)
  run()
  setI32(signal + abi.SIGNAL_GRADIENT, 0)
  return read('f64', gradient, length)
}

/** Brings together what was charged to outputs, to the ends and to the grid; repeated times are charged at the first. */
function timeCotangents({ task, outTimes }: Solve, out: Pointer, grid: Pointer, g: Pointer): Float64Array {
  const { times, stepping } = task
  const dt = new Float64Array(times.length)
  const add = (i: number, value: number): void => {
    dt[i] = (dt[i] as number) + value
  }
  const first = times.length - outTimes.length
  for (let j = 0; j < outTimes.length; j++) add(first + j, getF64(out + 8 * j))
  add(0, getF64(g + sweepAbi.GRAD_T0))
  add(times.length - 1, getF64(g + sweepAbi.GRAD_T1))
  if (grid === 0) return dt
  const charge = (j: number): number => getF64(grid + 8 * j)
  if (stepping.grid !== undefined) {
    for (const [j, move] of stepping.grid.moves.entries()) for (const [i, share] of move) add(i, share * charge(j))
    return dt
  }
  for (let i = 0, j = 0; i < times.length; i++) if (i === 0 || times[i] !== times[i - 1]) add(i, charge(j++))
  return dt
}
