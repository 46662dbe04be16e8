import * as abi from '../../assembly/abi.ts'
import { type Op, sources } from './builder.ts'

/**
 * Which ops have one result for all rows, since it depends on time and parameters alone: they are done for one row (abi, FLAG_ONE). The
 * network of time of a hypernetwork, the gates of `concatSquash`, constants.
 *
 * @param live the ops, last to first; the first of them writes the result, for all rows
 * @param touched registers whose cotangents hold something from the start: those that are spread are added
 * @returns the flags by register, of those that have any
 */
export function onceFlags(
  live: readonly Op[],
  widths: readonly number[],
  touched: Set<number>,
): Readonly<Record<number, number>> {
  const flags: Record<number, number> = {}
  for (const op of [...live].reverse()) {
    // A signal may have a path for each row. What has no columns is the same for every row.
    const same = (register: number): unknown => flags[register] || (!register && !widths[op.dst])
    const read = sources(op)
    if (op !== live[0] && op.code !== abi.OP_SIGNAL && read.every(same)) flags[op.dst] = abi.FLAG_ONE
    else
      for (const register of read)
        if (flags[register]) {
          flags[register] = abi.FLAG_ONE + abi.FLAG_SPREAD
          touched.add(register)
        }
  }
  return flags
}
