import * as abi from '../../assembly/abi.ts'
import { type Pointer, setI32 } from '../core/boundary.ts'

/** What a checkpoint budget buys: slots, at most so many (that bounds the bookkeeping; longer solves are thinned out). */
const MAX_SLOTS = 4096
/** Beyond one slot a step only the sweep's reserve is of use. */
const SPARE_SLOTS = 17
/** So many slots are worth more than a tape; others get an eighth of the budget. */
const FIRST_SLOTS = 256

interface Budgeted {
  readonly budget: number
  readonly stepping: { readonly kind: number; readonly maxSteps: number; readonly count: number }
}

/** Tells the solve at `at` what to keep for a gradient: slots for states of so many bytes, and bytes of tape; nothing without a budget. */
export function keep(at: Pointer, { budget, stepping }: Budgeted, bytes: number): void {
  if (budget === 0) return
  const steps = stepping.kind === abi.STEPS_ADAPTIVE ? stepping.maxSteps : stepping.count
  const most = Math.min(Math.floor(budget / bytes), MAX_SLOTS, steps + SPARE_SLOTS)
  const slots = Math.max(2, Math.min(most, Math.max(FIRST_SLOTS, Math.floor(budget / 8 / bytes))))
  setI32(at + abi.SOLVE_SLOTS, slots)
  setI32(at + abi.SOLVE_TAPE, Math.max(0, Math.min(budget - slots * bytes, 2 ** 31 - 1)))
}
