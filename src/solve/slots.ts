import * as abi from '../../assembly/abi.ts'

/** What a checkpoint budget buys: slots, at most so many (that bounds the bookkeeping; longer solves are thinned out). */
const MAX_SLOTS = 4096
/** Beyond one slot a step only the sweep's reserve is of use. */
const SPARE_SLOTS = 17

interface Budgeted {
  readonly budget: number
  readonly stepping: { readonly kind: number; readonly maxSteps: number; readonly count: number }
}

/** Checkpoint slots for states of so many bytes; none where there is no budget. */
export function slots({ budget, stepping }: Budgeted, bytes: number): number {
  if (budget === 0) return 0
  const steps = stepping.kind === abi.STEPS_ADAPTIVE ? stepping.maxSteps : stepping.count
  return Math.max(2, Math.min(Math.floor(budget / bytes), MAX_SLOTS, steps + SPARE_SLOTS))
}
