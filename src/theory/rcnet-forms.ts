/**
 * The networks g of first order: three affine maps each, ReLU after the first two. Zhang, Lu, Zhao, "On Enhancing Expressive Power via
 * Compositions of Single Fixed-Size ReLU Network", ICML 2023, prove that one g composed r times is enough; these are smaller
 * machines for the same purpose. One composition visits one cell of the grid. docs/theory.md says what the registers mean.
 */

import type { RowText, Weight } from './affine.ts'
import {
  advanceTape,
  copy,
  type Form,
  type Machine,
  moveTape,
  readTape,
  type Shape,
  type Tapes,
  terms,
  upTo,
} from './machine.ts'
import { increments, type Levels } from './quantise.ts'
import { smooth } from './rcnet-smooth.ts'
import { snake } from './snake.ts'
import type { Tape } from './tape.ts'

/** Layer 2: (digit >= k) times the weight C in [0, 1], by G_k = relu(C + step - 1). */
function gates({ units, falls }: Tape, weight: Readonly<Record<string, number>>): RowText[] {
  return units.map((unit, i) => [`G${i + 1}`, { ...weight, [unit]: 1, [falls[i] as string]: -1 }, -1])
}

/** Next s: the gated increments added up. */
function accumulate(m: number): RowText {
  return ['s', { s: 1, ...Object.fromEntries(increments(m).map((kappa, i) => [`G${i + 1}`, kappa])) }]
}

/** The rows that 'counter' and 'universal' share: C is the running minimum, w its decrease at this node. */
function minimum(d: number, m: number, tape: Tape): { hidden1: RowText[]; hidden2: RowText[]; next: RowText[] } {
  const far = terms(
    upTo(d).flatMap((i) => [`p${i}`, `q${i}`]),
    -1,
  )
  return {
    hidden1: [copy('C'), copy('s'), ...readTape(tape)],
    hidden2: [['w', { C: 1, ...far }], copy('C'), copy('s'), advanceTape(tape), ...gates(tape, { C: 1 })],
    next: [['C', { C: 1, w: -1 }], accumulate(m), copy('b')],
  }
}

const outside = (i: number): RowText[] => [
  [`p${i}`, { [`U${i}`]: 1 }, -1],
  [`q${i}`, { [`U${i}`]: -1 }, -1],
]

/** W_j = 1 where coordinates 1..j are at the ends of their sweeps: then j turns round; else the first that is not moves on. */
function counter({ d, n, m }: Shape, { heights }: Levels, [tape]: Tapes): Machine {
  const shared = minimum(d, m, tape)
  const axes = upTo(d)
  const counters = upTo(d - 1)
  const atEnd = (j: number): RowText => [
    `W${j}`,
    terms(
      upTo(j).map((l) => `c${l}`),
      -1,
    ),
    1,
  ]
  // W_0 is the constant 1 and f_d the constant 0.
  const turn = (i: number): Record<string, number> => (i < d ? { [`f${i}`]: 2 } : {})
  return {
    state: [
      ...axes.map((i): RowText => [`U${i}`, { [`x${i}`]: 2 * n }, -1]),
      ...counters.map((j): RowText => [`c${j}`, {}, n - 1]),
      ['C', {}, 1],
      ['s', {}, heights[0] as number],
      ['b', {}, tape],
    ],
    hidden: [
      [
        ...shared.hidden1,
        ...axes.flatMap((i): RowText[] => [...outside(i), [`v${i}`, { [`U${i}`]: 1 }, 2 * n]]),
        ...counters.flatMap((j) => [atEnd(j), copy(`c${j}`)]),
      ],
      [
        ...shared.hidden2,
        ...axes.map((i) => copy(`v${i}`)),
        ...counters.flatMap((j): RowText[] => [
          [`f${j}`, { [`v${j}`]: -1, [`W${j}`]: 2 * n }, 1],
          copy(`W${j}`),
          copy(`c${j}`),
        ]),
      ],
    ],
    next: [
      ...axes.map(
        (i): RowText =>
          i === 1
            ? ['U1', { v1: 1, ...turn(1) }, -2 * n - 2]
            : [`U${i}`, { [`v${i}`]: 1, [`W${i - 1}`]: -2, ...turn(i) }, -2 * n],
      ),
      ...counters.map(
        (j): RowText =>
          j === 1 ? ['c1', { c1: 1, W1: n }, -1] : [`c${j}`, { [`c${j}`]: 1, [`W${j - 1}`]: -1, [`W${j}`]: n }],
      ),
      ...shared.next,
    ],
  }
}

/** 'counter' one node before its start, where a register F that is 1 just once puts C and the tape in place. */
function carrier(shape: Shape, levels: Levels, tapes: Tapes): Machine {
  const { state, hidden, next } = counter(shape, levels, tapes)
  const before: Record<string, Weight> = { U1: 1, C: 0, b: 0, ...(shape.d > 1 ? { c1: shape.n } : {}) }
  const launch: Record<string, Weight> = { C: 1, b: tapes[0] }
  return {
    state: [...state.map(([name, inputs, bias = 0]): RowText => [name, inputs, before[name] ?? bias]), ['F', {}, 1]],
    hidden: hidden.map((rows) => [...rows, copy('F')]),
    next: [
      ...next.map(
        ([name, inputs, bias = 0]): RowText => [
          name,
          launch[name] === undefined ? inputs : { ...inputs, F: launch[name] },
          bias,
        ],
      ),
      ['F', {}],
    ],
    delay: 1,
  }
}

function universal({ d, n, m }: Shape, { heights }: Levels, [tape]: Tapes): Machine {
  const shared = minimum(d, m, tape)
  const axes = upTo(d)
  // For d = 1 every move is the same and needs no tape.
  const path = d === 1 ? undefined : snake(n, d)
  const moves = path === undefined ? [] : axes.map((i) => moveTape(path, d, i))
  const move = ({ units, falls }: Tape, i: number): RowText => [
    `D${i + 1}`,
    { ...terms(units, 1), ...terms(falls, -1) },
  ]
  return {
    state: [
      ...axes.map((i): RowText => [`U${i}`, { [`x${i}`]: 2 * n }, -1]),
      ['C', {}, 1],
      ['s', {}, heights[0] as number],
      ['b', {}, tape],
      ...moves.map((tape): RowText => [tape.register, {}, tape]),
    ],
    hidden: [
      [
        ...shared.hidden1,
        ...axes.flatMap((i): RowText[] => [...outside(i), [`x${i}`, { [`U${i}`]: 1 }], [`y${i}`, { [`U${i}`]: -1 }]]),
        ...moves.flatMap(readTape),
      ],
      [
        ...shared.hidden2,
        ...axes.flatMap((i) => [copy(`x${i}`), copy(`y${i}`)]),
        ...moves.flatMap((tape, i) => [move(tape, i), advanceTape(tape)]),
      ],
    ],
    next: [
      ...axes.map(
        (i): RowText =>
          d === 1 ? ['U1', { x1: 1, y1: -1 }, -2] : [`U${i}`, { [`x${i}`]: 1, [`y${i}`]: -1, [`D${i}`]: -2 }, 2],
      ),
      ...shared.next,
      ...moves.map(({ register }) => copy(register)),
    ],
    moves,
  }
}

/** d = 1: v - V = clip(v, 0, 1) is how much of the increment between two nodes x has passed. */
function interpolating({ n, m }: Shape, { heights }: Levels, [tape]: Tapes): Machine {
  return {
    state: [
      ['v', { x1: n - 1 }, 1],
      ['s', {}, heights[0] as number],
      ['b', {}, tape],
    ],
    hidden: [
      [copy('v'), ['V', { v: 1 }, -1], copy('s'), ...readTape(tape)],
      [copy('v'), ['C', { v: 1, V: -1 }], copy('s'), advanceTape(tape), ...gates(tape, { v: 1, V: -1 })],
    ],
    next: [['v', { v: 1 }, -1], accumulate(m), copy('b')],
  }
}

/** How each form is made, from its shape, the levels and the tapes of the function. */
export const MACHINES: Readonly<Record<Form, (shape: Shape, levels: Levels, tapes: Tapes) => Machine>> = {
  counter,
  carrier,
  universal,
  interpolating,
  smooth,
}
