/** What programs read that is neither state nor time: the signal of a solve. */

import * as abi from '../../assembly/abi.ts'
import { checkInt } from '../core/check.ts'

/** The calls that wrote a program, as the Builder records them. */
type Calls = readonly (readonly [method: string, ...args: readonly unknown[]])[]

/** What the op is made of. */
interface InputOp {
  readonly code: number
  readonly a: number
  readonly from: number
}

/** The width of the signal that a program reads, 0 where it reads none; and whether its derivative is asked for. */
export function inputOf(calls: Calls): { readonly width: number; readonly rate: boolean } {
  const reads = calls.filter(([method]) => method === 'input' || method === 'inputRate')
  return { width: (reads[0]?.[1] as number | undefined) ?? 0, rate: reads.some(([method]) => method === 'inputRate') }
}

/** The op that reads the signal, or its derivative, in a program with these calls so far. */
export function inputOp(calls: Calls, method: 'input' | 'inputRate', width: number): InputOp {
  checkInt('width', width, 1, 65536)
  const other = inputOf(calls).width || width
  if (width !== other) throw new RangeError(`a program reads one signal: width must be ${other} again, got ${width}`)
  return { code: abi.OP_SIGNAL, a: -1, from: method === 'input' ? 0 : 1 }
}

/** Refuses to run a program on nothing. */
export function checkUnfed(calls: Calls): void {
  const { width } = inputOf(calls)
  if (width > 0)
    throw new RangeError(
      `the program reads an input of width ${width}: give odeint or a NeuralODE the option input, made by linearSignal or cubicSignal`,
    )
}
