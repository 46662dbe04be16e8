/**
 * Smooth initial value problems with a known end. A1 ... E5: DETEST (Hull, Enright, Fellen, Sedgwick, SIAM J. Numer. Anal. 9
 * (1972) 603-637). BRUS: Brusselator (Hairer, Norsett, Wanner I). LRNZ10: Lorenz at t = 10. SPIRAL3: the cubic spiral of
 * torchdiffeq's demo. `orbits.ts` has those of gravity, `piecewise.ts` those that jump or bend, `stiff-problems.ts` the stiff ones.
 *
 * End values: extrapolation in 113-bit floats, two runs that agree to 19 digits or more; A1 ... A4 and E1 are closed forms as
 * well. Published tables are not copied: the value of A1 that is passed around (Algorithm 648) is wrong from its 8th digit.
 */

import { orbits } from './orbits.ts'
import { type Problem, problem, type Vector } from './problem.ts'

export type { Problem } from './problem.ts'

const chain = (_: number, y: Vector, dy: Vector): void => {
  for (let i = 0; i < 10; i++) dy[i] = (i > 0 ? (y[i - 1] as number) : 0) - (i < 9 ? (y[i] as number) : 0)
}

const decays = (_: number, y: Vector, dy: Vector): void => {
  for (let i = 0; i < 10; i++) dy[i] = (i > 0 ? i * (y[i - 1] as number) : 0) - (i < 9 ? (i + 1) * (y[i] as number) : 0)
}

const heat = (_: number, y: Vector, dy: Vector): void => {
  for (let i = 0; i < 10; i++) dy[i] = (y[i - 1] ?? 0) - 2 * (y[i] as number) + (y[i + 1] ?? 0)
}

export const problems: Readonly<Record<string, Problem>> = {
  ...orbits,
  A1: problem(20, [1], [2.061153622438558e-9], (_, [y], dy) => {
    dy[0] = -(y as number)
  }),
  A2: problem(20, [1], [0.2182178902359924], (_, [y], dy) => {
    dy[0] = -((y as number) ** 3) / 2
  }),
  A3: problem(20, [1], [2.4916502718504145], (t, [y], dy) => {
    dy[0] = (y as number) * Math.cos(t)
  }),
  A4: problem(20, [1], [17.73016648131484], (_, [y], dy) => {
    dy[0] = ((y as number) / 4) * (1 - (y as number) / 20)
  }),
  A5: problem(20, [4], [-0.7887826688964015], (t, [y], dy) => {
    dy[0] = ((y as number) - t) / ((y as number) + t)
  }),
  B1: problem(20, [1, 3], [0.6761876008576606, 0.18608160996400297], (_, y, dy) => {
    const [u, v] = y as unknown as [number, number]
    dy.set([2 * (u - u * v), -(v - u * v)])
  }),
  B2: problem(20, [2, 0, 1], [1.0000000010305767, 1, 0.9999999989694232], (_, y, dy) => {
    const [u, v, w] = y as unknown as [number, number, number]
    dy.set([v - u, u - 2 * v + w, v - w])
  }),
  B3: problem(20, [1, 0, 0], [2.061153622438558e-9, 0.05257228022048512, 0.9474277177183612], (_, y, dy) => {
    const [u, v] = y as unknown as [number, number]
    dy.set([-u, u - v * v, v * v])
  }),
  B5: problem(20, [0, 1, 1], [-0.9396570798729204, -0.34211777540007493, 0.7414126596199953], (_, y, dy) => {
    const [u, v, w] = y as unknown as [number, number, number]
    dy.set([v * w, -u * w, -0.51 * u * v])
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
  E1: problem(
    20,
    [Math.sqrt(2 / Math.PI) * Math.sin(1), Math.sqrt(2 / Math.PI) * (Math.cos(1) - Math.sin(1) / 2)],
    [0.1456723600728247, -0.0988350019557458],
    (t, y, dy) => {
      const [u, v] = y as unknown as [number, number]
      dy.set([v, -(v / (t + 1) + (1 - 0.25 / (t + 1) ** 2) * u)])
    },
  ),
  E2: problem(20, [2, 0], [2.0081497621749484, -0.04250887527320215], (_, y, dy) => {
    const [u, v] = y as unknown as [number, number]
    dy.set([v, (1 - u * u) * v - u])
  }),
  E4: problem(20, [30, 0], [33.95091444646556, 0.2767822659672868], (_, y, dy) => {
    const v = y[1] as number
    dy.set([v, 0.032 - 0.4 * v * v])
  }),
  E5: problem(20, [0, 0], [14.117973905426254, 2.4], (t, y, dy) => {
    const v = y[1] as number
    dy.set([v, Math.sqrt(1 + v * v) / (25 - t)])
  }),
  LRNZ10: problem(10, [1, 1, 1], [-4.902687541134646, -3.7438729218029194, 24.690858102790557], (_, y, dy) => {
    const [u, v, w] = y as unknown as [number, number, number]
    dy.set([10 * (v - u), u * (28 - w) - v, u * v - (8 / 3) * w])
  }),
  BRUS: problem(20, [1.5, 3], [0.49863707126834783, 4.596780349452011], (_, y, dy) => {
    const [u, v] = y as unknown as [number, number]
    dy.set([1 + u * u * v - 4 * u, 3 * u - u * u * v])
  }),
  SPIRAL3: problem(25, [2, 0], [-0.44362348669863494, 0.279440641618939], (_, y, dy) => {
    const [u, v] = y as unknown as [number, number]
    dy.set([-0.1 * u ** 3 - 2 * v ** 3, 2 * u ** 3 - 0.1 * v ** 3])
  }),
}
