/** Puts a network together: samples in, exact affine maps out. */

import { affine, outputsOf, type SparseAffine } from './affine.ts'
import { Dyadic } from './dyadic.ts'
import { type Shape, type Tapes, upTo } from './machine.ts'
import { digitsOf, type Levels } from './quantise.ts'
import { MACHINES } from './rcnet-forms.ts'
import { secondDigits } from './second-differences.ts'
import { symbolBits, Tape } from './tape.ts'

/** A compiled network: L2 . g^compositions . L1 with exact weights. */
export interface Plan extends Shape, Levels {
  /** Nodes. */
  readonly R: number
  /** Base of the tape. */
  readonly B: number
  readonly compositions: number
  /** What the tapes of the function hold, row-major [R, 1], or [R, d] in the 'smooth' form. */
  readonly digits: Uint16Array
  readonly tapes: readonly Tape[]
  /** Compositions before the first digit is read. */
  readonly delay: number
  readonly readIn: SparseAffine
  /** g: the hidden layers and the output map. */
  readonly layers: readonly SparseAffine[]
  readonly readOut: SparseAffine
}

/** Compiles quantised samples, given in the order of the path. */
export function compile(shape: Shape, levels: Levels): Plan {
  const { d, m } = shape
  const R = levels.heights.length
  const digits = shape.form === 'smooth' ? secondDigits(levels, m, shape.n, d) : digitsOf(levels.heights, m)
  const tapes = tapesOf(digits, R, m)
  const machine = MACHINES[shape.form](shape, levels, tapes)
  const delay = machine.delay ?? 0
  const readIn = affine(
    upTo(d).map((i) => `x${i}`),
    machine.state,
  )
  const layers: SparseAffine[] = []
  for (const rows of [...machine.hidden, machine.next]) layers.push(affine(outputsOf(layers.at(-1) ?? readIn), rows))
  return {
    ...shape,
    ...levels,
    R,
    B: 1 << tapes[0].bits,
    compositions: R + delay,
    digits,
    tapes: [...tapes, ...(machine.moves ?? [])],
    delay,
    readIn,
    layers,
    readOut: affine(outputsOf(readIn), [['f', { s: levels.eps }, Dyadic.of(levels.aMin).times(levels.eps)]]),
  }
}

/** One tape for each column of the digits. */
function tapesOf(digits: Uint16Array, R: number, m: number): Tapes {
  const columns = digits.length / R
  const tape = (i: number): Tape => {
    const suffix = columns === 1 ? '' : `${i + 1}`
    const names = (letter: string): string[] => upTo(2 * m).map((k) => `${letter}${suffix && `${suffix}.`}${k}`)
    const column = Uint16Array.from({ length: R }, (_, l) => digits[l * columns + i] as number)
    return new Tape(`b${suffix}`, symbolBits(2 * m), column, names('t'), names('T'))
  }
  return [tape(0), ...upTo(columns - 1).map(tape)]
}
