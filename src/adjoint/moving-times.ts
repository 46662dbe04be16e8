import * as abi from '../../assembly/abi.ts'
import { Arena } from '../core/arena.ts'
import { copy, type Pointer, sizeOf, verbs } from '../core/boundary.ts'
import type { Numbers } from '../core/check.ts'
import type { Direction } from '../program/tangent-block.ts'
import { distinct } from '../solve/options.ts'
import type { DeepPlan } from '../solve/plan.ts'
import { reachedBy } from '../solve/reached.ts'
import type { Solution } from '../solve/solution.ts'
import { MAP } from '../solve/tableau-memory.ts'
import type { Middle } from './pull.ts'
import { paired } from './rows.ts'
import type { BlockModel, TangentBlocks } from './tangent-model.ts'
import { onSteps, plainSolve, stepTimes } from './tangent-pass.ts'

// Times that move. Step times follow those of the solve as the reverse gradient has it, so the time within a step is an affine
// function of its two ends, and so is its derivative: a program of its own for every stretch of steps on which that is one function.
// An output time that moves otherwise than the steps moves along the dense output.

/** The steps of a solve, and the derivative of each of their times. */
interface MovingSteps {
  readonly times: Float64Array
  readonly rates: Float64Array
}

/** Steps `from` ... `to` - 1 on which the derivative of time is one affine function. */
interface Stretch {
  readonly from: number
  readonly to: number
  readonly offset: number
  readonly rate: number
}

/** Is `time` at or before `end` in the direction of these times? */
function reached(times: Float64Array, time: number, end: number): boolean {
  return (times[times.length - 1] as number) >= (times[0] as number) ? time <= end : time >= end
}

/** The derivative of step time i of `times` where the times of the plan move by `dt`. */
function rateOf({ stepping, times }: DeepPlan, steps: Float64Array, dt: Numbers, i: number): number {
  const count = steps.length - 1
  const [first, last] = [dt[0] as number, dt[dt.length - 1] as number]
  switch (stepping.kind) {
    case abi.STEPS_ADAPTIVE: {
      // From a stop on steps stay where they are.
      const stop = stepping.stops?.times[0]
      return stop !== undefined && reached(times, stop, steps[i] as number) ? 0 : first
    }
    case abi.STEPS_UNIFORM:
      return first + (i / count) * (last - first)
    case abi.STEPS_LENGTH:
      return i === count ? last : first
    default: {
      const moves = stepping.grid?.moves[i]
      if (moves === undefined) return dt[times.indexOf(steps[i] as number)] as number
      return moves.reduce((sum, [index, share]) => sum + share * (dt[index] as number), 0)
    }
  }
}

function stretches({ stepping }: DeepPlan, { times, rates }: MovingSteps): Stretch[] {
  const found: Stretch[] = []
  const count = times.length - 1
  const uniform = stepping.kind === abi.STEPS_UNIFORM
  for (let from = 0; from < count; ) {
    let to = uniform ? count : from + 1
    const [t, r] = [times[from] as number, rates[from] as number]
    const rate = ((rates[to] as number) - r) / ((times[to] as number) - t)
    while (rate === 0 && to < count && rates[to + 1] === r) to++
    found.push({ from, to, rate, offset: r - rate * t })
    from = to
  }
  return found
}

/** The derivative of time within the steps at `time`, from the step that ends there or behind it. */
function rateAt({ times, rates }: MovingSteps, time: number): number {
  let i = 1
  while (i < times.length - 1 && !reached(times, time, times[i] as number)) i++
  const [t, tNext] = [times[i - 1] as number, times[i] as number]
  const theta = (time - t) / (tNext - t)
  return (1 - theta) * (rates[i - 1] as number) + theta * (rates[i] as number)
}

/** Does this output time move as the steps do? */
function onGrid({ stepping, times }: DeepPlan, steps: Float64Array, time: number): boolean {
  if (!steps.includes(time) || stepping.kind === abi.STEPS_ADAPTIVE) return time === steps[0]
  return time === steps[0] || stepping.kind === abi.STEPS_GRID || time === times[times.length - 1]
}

/** Does a model's part with [y | dy] where its times move by `dt`. No gradient can be taken of it. */
export function movingMiddle(
  model: BlockModel,
  plan: DeepPlan,
  dt: Numbers,
  blocks: TangentBlocks,
  from: Pointer,
  rows: number,
): Middle {
  const { dtype, field } = model
  const n = 2 * rows * field.dim
  const outTimes = plan.outputs === 'all' ? plan.times : plan.times.subarray(plan.times.length - 1)
  const { times, solution } = values(model, plan, from, rows)
  const steps = { times, rates: times.map((_, i) => rateOf(plan, times, dt, i)) }
  const arena = new Arena()
  try {
    const outputs = arena.zeros(dtype, outTimes.length * n)
    let nfe = 0
    let state = from
    const emit = (time: number, at: Pointer): void => {
      for (const [j, outTime] of outTimes.entries())
        if (outTime === time) copy(outputs + j * n * sizeOf(dtype), at, n * sizeOf(dtype))
    }
    emit(times[0] as number, from)
    for (const stretch of stretches(plan, steps)) {
      const own = times.subarray(stretch.from, stretch.to + 1)
      const middle = goThrough(model, plan, blocks, state, rows, { stretch, own, outTimes })
      state = arena.zeros(dtype, n)
      for (const [j, time] of middle.times.entries()) {
        const at = middle.outputs + j * n * sizeOf(dtype)
        if (j > 0) emit(time, at)
        if (j === middle.times.length - 1) copy(state, at, n * sizeOf(dtype))
      }
      nfe += middle.nfe
      middle.free()
    }
    for (const [j, time] of outTimes.entries()) {
      if (onGrid(plan, times, time)) continue
      const own = dt[dt.length - outTimes.length + j] as number
      const rate = paired(arena, dtype, field.dim, undefined, solution().derivativeAt(time))
      verbs(dtype).axpy(n, own - rateAt(steps, time), rate, outputs + j * n * sizeOf(dtype))
    }
    return {
      outputs,
      rows: outTimes.length * rows,
      nfe,
      sweep: () => {
        throw new Error('a pass with moving times has no transpose')
      },
      free: () => arena.free(),
      ownedBy: (owner) => arena.ownedBy(owner),
    }
  } catch (error) {
    arena.free()
    throw error
  }
}

/** The steps of the plain solve, and what it is between them. */
function values(
  model: BlockModel,
  plan: DeepPlan,
  from: Pointer,
  rows: number,
): { times: Float64Array; solution: () => Solution } {
  const keepStages = plan.stepping.tableau !== MAP
  const solve = plainSolve(model, plan, from, rows, { keepStages, outputs: 'all' })
  try {
    const times = stepTimes(solve)
    const reached = keepStages ? reachedBy(solve, abi.STATUS_OK).solution : undefined
    return { times, solution: () => reached as Solution }
  } finally {
    solve.free()
  }
}

/** Where a stretch leads through: its steps, and the output times among them. */
interface Way {
  readonly stretch: Stretch
  readonly own: Float64Array
  readonly outTimes: Float64Array
}

/** One stretch of steps, with a field of its own. Outputs are its start, the output times within, and its end. */
function goThrough(
  model: BlockModel,
  plan: DeepPlan,
  blocks: TangentBlocks,
  state: Pointer,
  rows: number,
  { stretch, own, outTimes }: Way,
): Middle & { readonly times: Float64Array } {
  const [start, end] = [own[0] as number, own[own.length - 1] as number]
  const within = outTimes.filter((time) => !reached(own, time, start) && !reached(own, end, time))
  const times = Float64Array.of(start, ...distinct(within), end)
  const { offset, rate, from: first } = stretch
  const time: Direction['time'] = { offset, rate, lengthens: plan.stepping.tableau !== MAP }
  const field = blocks.fieldWith({ time, first })
  try {
    const middle = model.middle(state, rows, false, { field, plan: onSteps({ ...plan, times, outputs: 'all' }, own) })
    return { ...middle, times }
  } finally {
    field.dispose()
  }
}
