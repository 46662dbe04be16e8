/**
 * Initial value problems with a known end. A1 ... E5: DETEST (Hull, Enright, Fellen, Sedgwick, SIAM J. Numer. Anal. 9 (1972)
 * 603-637). AREN: Arenstorf orbit, BRUS: Brusselator (Hairer, Norsett, Wanner I). LRNZ10: Lorenz at t = 10. SPIRAL3: the cubic
 * spiral of torchdiffeq's demo.
 *
 * End values: extrapolation in 113-bit floats, two runs that agree to 19 digits or more; A1 ... A4 and E1 are closed forms as
 * well. Published tables are not copied: the value of A1 that is passed around (Algorithm 648) is wrong from its 8th digit.
 */

import type { FieldFunction } from '../../src/solve/host-field.ts'

export interface Problem {
  readonly field: FieldFunction
  readonly y0: readonly number[]
  readonly t1: number
  /** y(t1), from y(0) = y0. */
  readonly y1: readonly number[]
}

/** States as tuples: a field that reads and writes them by index is as fast as a field can be, for the benchmarks. */
type One = [number]
type Two = [number, number]
type Three = [number, number, number]
type Four = [number, number, number, number]

function problem<State extends number[]>(
  t1: number,
  y0: readonly number[],
  y1: readonly number[],
  f: (t: number, y: State, dy: State) => void,
): Problem {
  return { field: f as unknown as FieldFunction, t1, y0, y1 }
}

/** Two bodies, eccentricity e. */
function orbit(e: number, y1: readonly number[]): Problem {
  return problem<Four>(20, [1 - e, 0, 0, Math.sqrt((1 + e) / (1 - e))], y1, (_, y, dy) => {
    const r2 = y[0] * y[0] + y[1] * y[1]
    const r3 = r2 * Math.sqrt(r2)
    dy[0] = y[2]
    dy[1] = y[3]
    dy[2] = -y[0] / r3
    dy[3] = -y[1] / r3
  })
}

const MU = 0.012277471
const REST = 1 - MU

const arenstorf = (_: number, y: Four, dy: Four): void => {
  const [a, b, v2] = [y[0] + MU, y[0] - REST, y[1] * y[1]]
  const [r1, r2] = [a * a + v2, b * b + v2]
  const [d1, d2] = [REST / (r1 * Math.sqrt(r1)), MU / (r2 * Math.sqrt(r2))]
  dy[0] = y[2]
  dy[1] = y[3]
  dy[2] = y[0] + 2 * y[3] - d1 * a - d2 * b
  dy[3] = y[1] - 2 * y[2] - d1 * y[1] - d2 * y[1]
}

const chain = (_: number, y: number[], dy: number[]): void => {
  dy[0] = -(y[0] as number)
  for (let i = 1; i < 9; i++) dy[i] = (y[i - 1] as number) - (y[i] as number)
  dy[9] = y[8] as number
}

export const problems: Readonly<Record<string, Problem>> = {
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
  D1: orbit(0.1, [0.21988353520083967, 0.9427076846341813, -0.9787659841058176, 0.3287977990962036]),
  D5: orbit(0.9, [-1.2952662509875743, 0.4003938963792322, -0.6775390924707566, -0.12708381542781863]),
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
  E5: problem<Two>(20, [0, 0], [14.117973905426254, 2.4], (t, y, dy) => {
    dy[0] = y[1]
    dy[1] = Math.sqrt(1 + y[1] * y[1]) / (25 - t)
  }),
  AREN: problem(17.06521656015796, [0.994, 0, 0, -2.0015851063790824], [0.994, 0, 0, -2.0015851063790824], arenstorf),
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
