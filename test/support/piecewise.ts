/**
 * Initial value problems whose field jumps or bends, with a known end and the times where. F2, F4: DETEST (Enright, Pryce, ACM TOMS
 * 13 (1987) 1-27); ends by extrapolation in 113-bit floats. RELU_...: closed forms, one of them a chain of matrix exponentials in 60
 * digits, and its kinks as well.
 */

import { type Problem, problem } from './problem.ts'

export interface PiecewiseProblem extends Problem {
  /** The options that tell a solver where the field jumps, or where it bends. */
  readonly seams: { readonly discontinuities?: readonly number[]; readonly tStops?: readonly number[] }
}

const relu = (x: number): number => Math.max(0, x)
const integers = Array.from({ length: 20 }, (_, i) => i + 1)

const INWARD = [
  [-0.375, -1.375],
  [1.75, 0.375],
  [0.75, 1.5],
  [0.375, 0.0],
  [1.875, 0.125],
  [0.875, -1.5],
  [-0.875, -1.75],
  [1.0, 0.875],
] as const
const BIAS = [0.75, -0.625, -0.5, 1.0, -0.375, -0.875, -0.75, -1.0]
const OUTWARD = [
  [-1.125, 0.5, -0.375, 1.5, -0.75, -1.125, -1.125, 1.125],
  [0.125, -1.25, -1.5, -1.5, -1.25, -0.625, 1.0, -0.875],
]

export const piecewise: Readonly<Record<string, PiecewiseProblem>> = {
  F2: {
    ...problem(20, [110], [70.03731057008606], (t, [y], dy) => {
      dy[0] = 55 - (Math.floor(t) % 2 === 0 ? 1.5 : 0.5) * (y as number)
    }),
    // The last one is the end, which a step would pass.
    seams: { discontinuities: integers },
  },
  F4: {
    ...problem(20, [1], [9.815017249707418e-11], (t, [y], dy) => {
      dy[0] = t <= 10 ? -2 / 21 - (120 * (t - 5)) / (1 + 4 * (t - 5) ** 2) ** 16 : -2 * (y as number)
    }),
    seams: { discontinuities: [10] },
  },
  RELU_SAT: {
    ...problem(3, [-1], [0.8646647167633873], (_, [y], dy) => {
      dy[0] = 1 - relu(y as number)
    }),
    seams: { tStops: [1] },
  },
  RELU_TIME: {
    ...problem(10, [0], [3.1830988618379066], (t, _, dy) => {
      dy[0] = relu(Math.sin(2 * Math.PI * t))
    }),
    seams: { tStops: integers.map((i) => i / 2) },
  },
  RELU_NET_2_8_2: {
    ...problem(10, [1, 0.5], [-15.75133066656521, 8.170445444688594], (_, [u, v], dy) => {
      const hidden = INWARD.map(([a, b], i) => relu(a * (u as number) + b * (v as number) + (BIAS[i] as number)))
      for (const [i, row] of OUTWARD.entries()) {
        dy[i] = row.reduce((sum, w, j) => sum + w * (hidden[j] as number), i === 0 ? -1 : 0.625)
      }
    }),
    seams: {
      tStops: [
        0.03554286616997735, 0.07802179663499445, 0.08937640307783377, 0.11716644373138439, 0.264906853597182,
        0.3331352074216726, 0.4110232206758494, 0.634725892583294, 1.0361546389949643, 2.1719279693448215,
        4.213187680180656,
      ],
    },
  },
}
