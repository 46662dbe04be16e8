/**
 * The network g of second order. The hats phi_k of the nodes k on the Kuhn triangulation of the grid, N = n - 1 intervals an
 * axis, make sum a_k phi_k the piecewise linear interpolant of the levels. With the sums over the nodes that are left,
 * W = sum phi_k and V = sum phi_k (nu_k - nu_l), and p_l the slopes of the levels at node l,
 *
 *     T_l = sum over k < l of a_k phi_k + a_l W_l + p_l . V_l
 *
 * is affine at the start, since hats reproduce linear functions, and the interpolant at the end. From node to node it changes
 * by small digits times bounded numbers, (p_l - p_{l-1})_j (V_{l-1,j} - [the move was +e_j] W_l): docs/theory.md.
 */

import type { RowText } from './affine.ts'
import { advanceTape, copy, type Machine, moveTape, readTape, type Shape, type Tapes, terms, upTo } from './machine.ts'
import { increments, type Levels } from './quantise.ts'
import { slopeEnds } from './second-differences.ts'
import { snake } from './snake.ts'
import type { Tape } from './tape.ts'

export function smooth(shape: Shape, levels: Levels, tapes: Tapes): Machine {
  return shape.d === 1 ? line(shape, levels, tapes) : simplices(shape, levels, tapes)
}

type Terms = Readonly<Record<string, number>>

const negative = (sum: Terms): Terms => Object.fromEntries(Object.entries(sum).map(([name, weight]) => [name, -weight]))

/** A number of either sign through a ReLU: its positive and its negative part. */
function rails(name: string, sum: Terms): RowText[] {
  return [
    [`${name}+`, sum],
    [`${name}-`, negative(sum)],
  ]
}

/** The number that two rails hold. */
const signed = (name: string): Terms => ({ [`${name}+`]: 1, [`${name}-`]: -1 })
const copyRails = (name: string): RowText[] => [copy(`${name}+`), copy(`${name}-`)]

/** T_0, an affine function of x: the level of node 0 and the slopes there. */
function firstPlane({ n, d }: Shape, { heights }: Levels): RowText {
  const ends = slopeEnds(n, d)
  const slope = (i: number): number =>
    (heights[ends[2 * i] as number] as number) - (heights[ends[2 * i + 1] as number] as number)
  return ['s', Object.fromEntries(upTo(d).map((i) => [`x${i}`, (n - 1) * slope(i - 1)])), heights[0] as number]
}

/** (digit >= k) times a sum in [-N, N], by one gate or, where it has two signs, a pair: relu(+-sum + N step - N). */
function gated({ units, falls }: Tape, name: string, sum: Terms, N: number): RowText[] {
  return units.map((unit, k) => [`${name}.${k + 1}`, { ...sum, [unit]: N, [falls[k] as string]: -N }, -N])
}

/** The gated increments. */
function gatedSum(m: number, name: string, sign: number): Terms {
  return Object.fromEntries(increments(m).map((kappa, k) => [`${name}.${k + 1}`, sign * kappa]))
}

/** d = 1: the move is always +1, so V_{l-1} - W_l = V_l, and that is relu(N x - l). */
function line(shape: Shape, levels: Levels, [tape]: Tapes): Machine {
  const N = shape.n - 1
  return {
    state: [['U', { x1: N }], firstPlane(shape, levels), ['b', {}, tape]],
    hidden: [
      [copy('U'), ...rails('s', { s: 1 }), ...readTape(tape)],
      [copy('U'), ...copyRails('s'), advanceTape(tape), ...gated(tape, 'G', { U: 1 }, N)],
    ],
    next: [['U', { U: 1 }, -1], ['s', { ...signed('s'), ...gatedSum(shape.m, 'G', 1) }], copy('b')],
  }
}

/** The offsets U_i from the node as rails. */
interface Offsets {
  readonly rows: RowText[]
  readonly names: readonly string[]
  /** One layer later: what max(0, U) and max(0, -U) have beyond max(0, U_1) and max(0, -U_1). */
  readonly beyond: RowText[]
  /** U_i from the rails. */
  readonly of: (i: number) => Terms
}

function offsets(d: number): Offsets {
  // max(0, U_1, U_2, U_3) is the larger of max(0, U_1) and max(U_2, U_3) = U_3 + relu(U_2 - U_3).
  const pairs = d === 3
  const last = `U${d}`
  const names = pairs ? ['U1', last, 'D'] : ['U1', last]
  return {
    names,
    rows: [...rails('U1', { U1: 1 }), ...rails(last, { [last]: 1 }), ...(pairs ? rails('D', { U2: 1, U3: -1 }) : [])],
    beyond: [
      ['E', { ...signed(last), ...(pairs ? { 'D+': 1 } : {}), 'U1+': -1 }],
      ['F', { ...negative(signed(last)), ...(pairs ? { 'D-': 1 } : {}), 'U1-': -1 }],
    ],
    of: (i) => (pairs && i === 2 ? { ...signed('D'), ...signed('U3') } : signed(`U${i}`)),
  }
}

type Each = (rows: (i: number) => RowText[]) => RowText[]

/** d = 2 and 3. e_i and f_i tell whether the last move was +e_i or -e_i; c_i and z_i, whether the next one is. */
function simplices(shape: Shape, levels: Levels, tapes: Tapes): Machine {
  const { d, n } = shape
  const N = n - 1
  const path = snake(n, d)
  const moves = upTo(d).map((i) => moveTape(path, d, i))
  const all = [...tapes, ...moves]
  const U = offsets(d)
  const each: Each = (rows) => upTo(d).flatMap(rows)
  return {
    moves,
    state: [
      ...each((i) => [[`U${i}`, { [`x${i}`]: N }]]),
      ['W', {}, 1],
      ...each((i) => [[`V${i}`, { [`x${i}`]: N }]]),
      firstPlane(shape, levels),
      ...all.map((tape): RowText => [tape.register, {}, tape]),
      ...each((i) => [
        [`e${i}`, {}],
        [`f${i}`, {}],
      ]),
    ],
    hidden: hiddenSimplices(shape, tapes, moves, U, each),
    next: [
      ...each((i) => [[`U${i}`, { ...U.of(i), [`c${i}`]: -1, [`z${i}`]: 1 }]]),
      ['W', { W: 1, phi: -1 }],
      ...each((i) => [[`V${i}`, signed(`V${i}`)]]),
      ['s', signed('s')],
      ...all.map(({ register }) => copy(register)),
      ...each((i) => [
        [`e${i}`, { [`c${i}`]: 1 }],
        [`f${i}`, { [`z${i}`]: 1 }],
      ]),
    ],
  }
}

function hiddenSimplices(
  { d, n, m }: Shape,
  tapes: Tapes,
  moves: readonly Tape[],
  U: Offsets,
  each: Each,
): Machine['hidden'] {
  const N = n - 1
  const all = [...tapes, ...moves]
  const passed = [...U.names.flatMap(copyRails), copy('W')]
  const gates = (tape: Tape, i: number): RowText[] => {
    const sum = { ...signed(`V${i}`), [`g${i}`]: -1 }
    return [...gated(tape, `G${i}+`, sum, N), ...gated(tape, `G${i}-`, negative(sum), N)]
  }
  const increment = upTo(d).map((i) => ({ ...gatedSum(m, `G${i}+`, 1), ...gatedSum(m, `G${i}-`, -1) }))
  return [
    [
      ...U.rows,
      copy('W'),
      ...each((i) => rails(`V${i}`, { [`V${i}`]: 1 })),
      ...rails('s', { s: 1 }),
      ...all.flatMap(readTape),
      // W in [0, 1] where the last move was +e_i or -e_i.
      ...each((i) => [
        [`g${i}`, { W: 1, [`e${i}`]: 1 }, -1],
        [`h${i}`, { W: 1, [`f${i}`]: 1 }, -1],
      ]),
    ],
    [
      ...passed,
      ...each((i) => rails(`V${i}`, { ...signed(`V${i}`), [`g${i}`]: -1, [`h${i}`]: 1 })),
      ...copyRails('s'),
      ...all.map(advanceTape),
      ...moves.flatMap(nextMove),
      ...tapes.flatMap((tape, i) => gates(tape, i + 1)),
      ...U.beyond,
    ],
    [
      ...passed,
      ...each((i) => copyRails(`V${i}`)),
      ...rails('s', Object.assign({ ...signed('s') }, ...increment)),
      ...all.map(({ register }) => copy(register)),
      ...each((i) => [copy(`c${i}`), copy(`z${i}`)]),
      ['phi', terms(['U1+', 'E', 'U1-', 'F'], -1), 1],
    ],
  ]
}

/** The digits of a move tape are the move + 1. */
function nextMove({ units, falls }: Tape, i: number): RowText[] {
  return [
    [`c${i + 1}`, { [units[1] as string]: 1, [falls[1] as string]: -1 }],
    [`z${i + 1}`, { [units[0] as string]: -1, [falls[0] as string]: 1 }, 1],
  ]
}
