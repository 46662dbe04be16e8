/**
 * Stiff initial value problems with a known end. ROBER40, ROBER: Robertson's kinetics at t = 40 and 1e11. VDP1000: van der Pol,
 * mu = 1000. OREGO: the Oregonator. BRUS1D40: the Brusselator with diffusion on 40 points (Hairer, Wanner II, IV.10). HIRES: Schaefer's
 * plant physiology.
 *
 * End values: extrapolation in 113-bit floats, two runs that agree to 19 digits or more; of HIRES the Test Set for IVP Solvers
 * (Bari), RADAU5 in 64-bit significands at a tolerance of 1e-18.
 */

import type { Vector } from '../../src/core/boundary.ts'
import type { Problem } from './problems.ts'

export interface StiffProblem extends Problem {
  /** The Jacobian, row-major; J is 0 before. */
  readonly jac: (t: number, y: Vector, J: Vector) => void
  /** Absolute tolerance per unit of rtol: what is small in the components that matter. */
  readonly atol: number | readonly number[]
}

const robertson: Pick<StiffProblem, 'field' | 'jac' | 'y0'> = {
  y0: [1, 0, 0],
  field: (_, y, dy) => {
    const [u, v, w] = y as unknown as [number, number, number]
    const [slow, middle, fast] = [0.04 * u, 1e4 * v * w, 3e7 * v * v]
    dy.set([middle - slow, slow - middle - fast, fast])
  },
  jac: (_, y, J) => {
    const [, v, w] = y as unknown as [number, number, number]
    J.set([-0.04, 1e4 * w, 1e4 * v, 0.04, -1e4 * w - 6e7 * v, -1e4 * v, 0, 6e7 * v])
  },
}

const N = 40
const D = (N + 1) ** 2 / 50

const brusselator: Pick<StiffProblem, 'field' | 'jac' | 'y0'> = {
  y0: Array.from({ length: N }, (_, i) => [1 + Math.sin((2 * Math.PI * (i + 1)) / (N + 1)), 3]).flat(),
  field: (_, y, dy) => {
    for (let i = 0; i < N; i++) {
      const [u, v] = [y[2 * i] as number, y[2 * i + 1] as number]
      const [left, right] = [i > 0 ? 2 * i - 2 : -1, i < N - 1 ? 2 * i + 2 : -1]
      const at = (k: number, p: number): number => (k < 0 ? [1, 3][p] : y[k + p]) as number
      dy[2 * i] = 1 + u * u * v - 4 * u + D * (at(left, 0) - 2 * u + at(right, 0))
      dy[2 * i + 1] = 3 * u - u * u * v + D * (at(left, 1) - 2 * v + at(right, 1))
    }
  },
  jac: (_, y, J) => {
    for (let i = 0; i < N; i++) {
      const [u, v] = [y[2 * i] as number, y[2 * i + 1] as number]
      const [a, b] = [2 * i * 2 * N + 2 * i, (2 * i + 1) * 2 * N + 2 * i]
      J.set([2 * u * v - 4 - 2 * D, u * u], a)
      J.set([3 - 2 * u * v, -u * u - 2 * D], b)
      for (const [row, p] of [
        [a, 0],
        [b, 1],
      ] as const) {
        if (i > 0) J[row - 2 + p] = D
        if (i < N - 1) J[row + 2 + p] = D
      }
    }
  },
}

export const stiffProblems: Readonly<Record<string, StiffProblem>> = {
  ROBER40: {
    ...robertson,
    t1: 40,
    y1: [0.715827068719405, 9.185534764557764e-6, 0.28416374574583037],
    atol: [1e-4, 1e-8, 1e-4],
  },
  ROBER: {
    ...robertson,
    t1: 1e11,
    y1: [2.083340149701294e-8, 8.333360770334784e-14, 0.9999999791665152],
    atol: [1e-8, 1e-14, 1e-2],
  },
  VDP1000: {
    y0: [2, 0],
    t1: 2000,
    y1: [1.706167732170465, -0.0008928097010248166],
    atol: 1e-3,
    field: (_, y, dy) => {
      const [u, v] = y as unknown as [number, number]
      dy.set([v, 1000 * (1 - u * u) * v - u])
    },
    jac: (_, y, J) => {
      const [u, v] = y as unknown as [number, number]
      J.set([0, 1, -2000 * u * v - 1, 1000 * (1 - u * u)])
    },
  },
  OREGO: {
    y0: [1, 2, 3],
    t1: 360,
    y1: [1.0008148703185227, 1228.178521549888, 132.05549428465082],
    atol: 1e-3,
    field: (_, y, dy) => {
      const [u, v, w] = y as unknown as [number, number, number]
      dy.set([77.27 * (v + u * (1 - 8.375e-6 * u - v)), (w - (1 + u) * v) / 77.27, 0.161 * (u - w)])
    },
    jac: (_, y, J) => {
      const [u, v] = y as unknown as [number, number]
      J.set([77.27 * (1 - 2 * 8.375e-6 * u - v), 77.27 * (1 - u), 0, -v / 77.27, -(1 + u) / 77.27, 1 / 77.27])
      J.set([0.161, 0, -0.161], 6)
    },
  },
  HIRES: {
    y0: [1, 0, 0, 0, 0, 0, 0, 0.0057],
    t1: 321.8122,
    y1: [
      0.7371312573325668e-3, 0.1442485726316185e-3, 0.5888729740967575e-4, 0.1175651343283149e-2, 0.2386356198831331e-2,
      0.6238968252742796e-2, 0.2849998395185769e-2, 0.2850001604814231e-2,
    ],
    atol: 1e-4,
    field: (_, y, dy) => {
      const [a, b, c, d, e, f, g, h] = y as unknown as [number, number, number, number, number, number, number, number]
      const bound = 280 * f * h
      dy.set([-1.71 * a + 0.43 * b + 8.32 * c + 0.0007, 1.71 * a - 8.75 * b, -10.03 * c + 0.43 * d + 0.035 * e])
      dy.set([8.32 * b + 1.71 * c - 1.12 * d, -1.745 * e + 0.43 * f + 0.43 * g], 3)
      dy.set([-bound + 0.69 * d + 1.71 * e - 0.43 * f + 0.69 * g, bound - 1.81 * g, -bound + 1.81 * g], 5)
    },
    jac: (_, y, J) => {
      const [f, h] = [280 * (y[5] as number), 280 * (y[7] as number)]
      J.set([-1.71, 0.43, 8.32])
      J.set([1.71, -8.75], 8)
      J.set([-10.03, 0.43, 0.035], 18)
      J.set([8.32, 1.71, -1.12], 25)
      J.set([-1.745, 0.43, 0.43], 36)
      J.set([0.69, 1.71, -h - 0.43, 0.69, -f], 43)
      J.set([h, -1.81, f], 53)
      J.set([-h, 1.81, -f], 61)
    },
  },
  BRUS1D40: {
    ...brusselator,
    t1: 10,
    y1: [
      0.9369133417207273, 3.0796044720685494, 0.8753478177973771, 3.1572375798620698, 0.8166058767035983,
      3.231181816529206, 0.7617026742485724, 3.3000705127606, 0.7113385525204293, 3.362934900994192, 0.6659085742032657,
      3.419204704148885, 0.6255396330018463, 3.4686723648752706, 0.5901435466827412, 3.5114339997855617,
      0.559475370390303, 3.54781976924876, 0.5331887898514697, 3.5783238008661904, 0.5108836288756003, 3.60354043400839,
      0.49214334268791743, 3.624110368904077, 0.4765624393713509, 3.6406778340936947, 0.46376501554148747,
      3.6538582610524095, 0.4534161556114103, 3.664215068764426, 0.4452280411086755, 3.672243816453503,
      0.4389624461989141, 3.6783619818393967, 0.43443100593163597, 3.6829028091069413, 0.4314943283329292,
      3.6861119397362963, 0.43006072969389686, 3.68814582843082, 0.4300851230517996, 3.6890712250840423,
      0.43156838300997086, 3.688865261850823, 0.43455733547166087, 3.687415923591783, 0.4391453633568268,
      3.6845229080900124, 0.4454734618475598, 3.6798991098493152, 0.4537314022795206, 3.6731731981621945,
      0.46415845786391224, 3.6638940138032408, 0.47704289789284715, 3.6515377798651962, 0.49271917177225455,
      3.6355193992531327, 0.5115614013468672, 3.6152093617359147, 0.5339715317327056, 3.5899579430707003,
      0.5603603533550624, 3.559128340571923, 0.5911197497572597, 3.522139998379944, 0.6265851415700536,
      3.4785224399092822, 0.6669883889032353, 3.4279782615395025, 0.7124035051815404, 3.3704514702947734,
      0.7626903314834086, 3.306194233650054, 0.8174443599690705, 3.235821910999888, 0.8759632749557027,
      3.1603439669004856, 0.9372412962019725, 3.081158324269585,
    ],
    atol: 1,
  },
}
