/**
 * Smooth initial value problems with a known end. A1 ... E5: DETEST (Hull, Enright, Fellen, Sedgwick, SIAM J. Numer. Anal. 9
 * (1972) 603-637). BRUS: Brusselator (Hairer, Norsett, Wanner I). LRNZ10: Lorenz at t = 10. SPIRAL3: the cubic spiral of
 * torchdiffeq's demo. `orbits.ts` has those of gravity, `piecewise.ts` those that jump or bend, `stiff-problems.ts` the stiff ones.
 *
 * End values: extrapolation in 113-bit floats, two runs that agree to 19 digits or more; A1 ... A4 and E1 are closed forms as
 * well. Published tables are not copied: the value of A1 that is passed around (Algorithm 648) is wrong from its 8th digit.
 */

import { orbits } from './orbits.ts'
import { type One, type Problem, problem, type Three, type Two, type Vector } from './problem.ts'

export type { Problem } from './problem.ts'

const chain = (_: number, y: number[], dy: number[]): void => {
  dy[0] = -(y[0] as number)
  for (let i = 1; i < 9; i++) dy[i] = (y[i - 1] as number) - (y[i] as number)
  dy[9] = y[8] as number
}

const decays = (_: number, y: Vector, dy: Vector): void => {
  for (let i = 0; i < 10; i++) dy[i] = (i > 0 ? i * (y[i - 1] as number) : 0) - (i < 9 ? (i + 1) * (y[i] as number) : 0)
}

const heat = (_: number, y: Vector, dy: Vector): void => {
  for (let i = 0; i < 10; i++) dy[i] = (y[i - 1] ?? 0) - 2 * (y[i] as number) + (y[i + 1] ?? 0)
}

export const problems: Readonly<Record<string, Problem>> = {
  ...orbits,
  A1: problem<One>(20, [1], [2.061153622438558e-9], (_, y, dy) => {
    dy[0] = -y[0]
  }),
  A2: problem<One>(20, [1], [0.2182178902359924], (_, y, dy) => {
    dy[0] = (-y[0] * y[0] * y[0]) / 2
  }),
  A3: problem<One>(20, [1], [2.4916502718504145], (t, y, dy) => {
    dy[0] = y[0] * Math.cos(t)
  }),
  A4: problem<One>(20, [1], [17.73016648131484], (_, y, dy) => {
    dy[0] = (y[0] / 4) * (1 - y[0] / 20)
  }),
  A5: problem<One>(20, [4], [-0.7887826688964015], (t, y, dy) => {
    dy[0] = (y[0] - t) / (y[0] + t)
  }),
  B1: problem<Two>(20, [1, 3], [0.6761876008576606, 0.18608160996400297], (_, y, dy) => {
    const uv = y[0] * y[1]
    dy[0] = 2 * (y[0] - uv)
    dy[1] = -(y[1] - uv)
  }),
  B2: problem<Three>(20, [2, 0, 1], [1.0000000010305767, 1, 0.9999999989694232], (_, y, dy) => {
    dy[0] = y[1] - y[0]
    dy[1] = y[0] - 2 * y[1] + y[2]
    dy[2] = y[1] - y[2]
  }),
  B3: problem<Three>(20, [1, 0, 0], [2.061153622438558e-9, 0.05257228022048512, 0.9474277177183612], (_, y, dy) => {
    const square = y[1] * y[1]
    dy[0] = -y[0]
    dy[1] = y[0] - square
    dy[2] = square
  }),
  B5: problem<Three>(20, [0, 1, 1], [-0.9396570798729204, -0.34211777540007493, 0.7414126596199953], (_, y, dy) => {
    dy[0] = y[1] * y[2]
    dy[1] = -y[0] * y[2]
    dy[2] = -0.51 * y[0] * y[1]
  }),
  C1: problem(
    20,
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [
      2.061153622438558e-9, 4.122307244877116e-8, 4.122307244877116e-7, 2.7482048299180773e-6, 1.3741024149590386e-5,
      5.496409659836154e-5, 0.0001832136553278718, 0.0005234675866510623, 0.0013086689666276558, 0.997912740950865,
    ],
    chain,
  ),
  C2: problem(
    20,
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [
      2.061153622438558e-9, 2.0611536181902037e-9, 2.061153613941849e-9, 2.061153609693495e-9, 2.061153605445141e-9,
      2.061153601196787e-9, 2.0611535969484323e-9, 2.061153592700078e-9, 2.061153588451724e-9, 0.9999999814496175,
    ],
    decays,
  ),
  C3: problem(
    20,
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [
      0.0029481192110226992, 0.005635380154845296, 0.007829072515927038, 0.009348257908595597, 0.010079436103019805,
      0.009982674171429489, 0.009088693332765333, 0.007489115195185085, 0.005322964130952675, 0.0027624343790295146,
    ],
    heat,
  ),
  E1: problem<Two>(
    20,
    [Math.sqrt(2 / Math.PI) * Math.sin(1), Math.sqrt(2 / Math.PI) * (Math.cos(1) - Math.sin(1) / 2)],
    [0.1456723600728247, -0.0988350019557458],
    (t, y, dy) => {
      const s = t + 1
      dy[0] = y[1]
      dy[1] = -(y[1] / s + (1 - 0.25 / (s * s)) * y[0])
    },
  ),
  E2: problem<Two>(20, [2, 0], [2.0081497621749484, -0.04250887527320215], (_, y, dy) => {
    dy[0] = y[1]
    dy[1] = (1 - y[0] * y[0]) * y[1] - y[0]
  }),
  E4: problem<Two>(20, [30, 0], [33.95091444646556, 0.2767822659672868], (_, y, dy) => {
    dy[0] = y[1]
    dy[1] = 0.032 - 0.4 * y[1] * y[1]
  }),
  E5: problem<Two>(20, [0, 0], [14.117973905426254, 2.4], (t, y, dy) => {
    dy[0] = y[1]
    dy[1] = Math.sqrt(1 + y[1] * y[1]) / (25 - t)
  }),
  LRNZ10: problem<Three>(10, [1, 1, 1], [-4.902687541134646, -3.7438729218029194, 24.690858102790557], (_, y, dy) => {
    dy[0] = 10 * (y[1] - y[0])
    dy[1] = y[0] * (28 - y[2]) - y[1]
    dy[2] = y[0] * y[1] - (8 / 3) * y[2]
  }),
  BRUS: problem<Two>(20, [1.5, 3], [0.49863707126834783, 4.596780349452011], (_, y, dy) => {
    const cubic = y[0] * y[0] * y[1]
    dy[0] = 1 + cubic - 4 * y[0]
    dy[1] = 3 * y[0] - cubic
  }),
  SPIRAL3: problem<Two>(25, [2, 0], [-0.44362348669863494, 0.279440641618939], (_, y, dy) => {
    const [a, b] = [y[0] * y[0] * y[0], y[1] * y[1] * y[1]]
    dy[0] = -0.1 * a - 2 * b
    dy[1] = 2 * a - 0.1 * b
  }),
}
