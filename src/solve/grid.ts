import * as abi from '../../assembly/abi.ts'
import { distinct, type Stepping } from './options.ts'

/** The times between which fixed steps lie, as the core has them. */
export function gridOf({ kind, count, h0, grid }: Stepping, times: Float64Array): Float64Array {
  if (kind >= abi.STEPS_GRID) return grid?.times ?? distinct(times)
  const [t0, t1] = [times[0] as number, times[times.length - 1] as number]
  const time = (i: number): number => (kind === abi.STEPS_UNIFORM ? t0 + (t1 - t0) * (i / count) : t0 + i * h0)
  return Float64Array.from({ length: count + 1 }, (_, i) => (i === count ? t1 : time(i)))
}
