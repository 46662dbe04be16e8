// The step size decisions of torchdiffeq, one for one: evaluations of its dopri5 and bosh3.

import { describe, expect, test } from 'vitest'
import { odeint } from '../../src/solve/odeint.ts'
import { bosh3, dopri5 } from '../../src/tableaus/index.ts'
import { type Problem, problems } from '../support/problems.ts'
import { torchdiffeqCount } from '../support/torchdiffeq.ts'

const TOLERANCES = [1e-3, 1e-6, 1e-9]

// torchdiffeq 0.2.5 with PyTorch 2.15.0 in float64, on 26 November 2026: calls of the field in `odeint(field, y0, [0, 20],
// rtol=tol, atol=tol, method=...)`, counted in Python, for DETEST as published (torchdiffeq's own file of it has two slips, in C5
// and E4).
const COUNTED: Readonly<Record<string, { readonly dopri5: readonly number[]; readonly bosh3: readonly number[] }>> = {
  A1: { dopri5: [68, 152, 494], bosh3: [59, 278, 2591] },
  A2: { dopri5: [44, 92, 278], bosh3: [38, 248, 2363] },
  A3: { dopri5: [140, 464, 1490], bosh3: [215, 1589, 13832] },
  A4: { dopri5: [32, 86, 302], bosh3: [38, 257, 2273] },
  A5: { dopri5: [32, 86, 260], bosh3: [44, 272, 2318] },
  B1: { dopri5: [320, 836, 2726], bosh3: [356, 2555, 23483] },
  B2: { dopri5: [158, 224, 566], bosh3: [119, 296, 2621] },
  B3: { dopri5: [86, 164, 536], bosh3: [47, 323, 3083] },
  B5: { dopri5: [152, 458, 1466], bosh3: [197, 1358, 12209] },
  C1: { dopri5: [86, 194, 668], bosh3: [68, 380, 3698] },
  C2: { dopri5: [422, 440, 758], bosh3: [296, 413, 2939] },
  C3: { dopri5: [194, 242, 548], bosh3: [128, 257, 2483] },
  C5: { dopri5: [44, 74, 242], bosh3: [32, 218, 1922] },
  D1: { dopri5: [284, 428, 1592], bosh3: [179, 1502, 14504] },
  D2: { dopri5: [236, 548, 1784], bosh3: [218, 1694, 15923] },
  D4: { dopri5: [338, 872, 2816], bosh3: [362, 2645, 24065] },
  D5: { dopri5: [554, 1268, 3950], bosh3: [545, 3788, 34013] },
  E1: { dopri5: [92, 332, 1304], bosh3: [110, 983, 9686] },
  E2: { dopri5: [404, 1118, 3392], bosh3: [392, 3017, 27602] },
  E4: { dopri5: [50, 74, 188], bosh3: [26, 107, 953] },
  E5: { dopri5: [86, 128, 290], bosh3: [62, 287, 2486] },
}

// C2 at 1e-9 is held back by stability, where the sequence of steps hangs on roundings: with its field times 1 + k 2^-52, k = -2 ...
// 5, torchdiffeq itself takes one of these.
const UNSETTLED: Readonly<Record<string, readonly number[]>> = { dopri5: [746, 752, 758], bosh3: [2933, 2939] }

describe('as counted in torchdiffeq', () => {
  test.each(Object.entries(COUNTED))('%s', (name, counted) => {
    const { field, y0, t1 } = problems[name] as Problem
    for (const solver of [dopri5, bosh3]) {
      const wanted = counted[solver.name as keyof typeof counted]
      for (const [i, tol] of TOLERANCES.entries()) {
        const { nfe } = odeint(field, y0, [0, t1], { solver, rtol: tol, atol: tol, maxSteps: 1e6 }).stats
        const settled = name !== 'C2' || tol > 1e-9
        expect(settled ? [wanted[i]] : UNSETTLED[solver.name], `${solver.name} at ${tol}`).toContain(nfe)
      }
    }
  })
})

describe('as its loop decides, step for step', () => {
  test.each(Object.entries(problems))('%s', (name, { field, y0, t1 }) => {
    const reference = (t: number, y: readonly number[]): number[] => {
      const dy = new Float64Array(y.length)
      field(t, Float64Array.from(y), dy)
      return [...dy]
    }
    for (const solver of [dopri5, bosh3]) {
      for (const tol of TOLERANCES) {
        // At 1e-3 two of the seven stars meet, who do not, and from there on every rounding counts: torchdiffeq takes 1472.
        if (name === 'PLEI' && tol === 1e-3) continue
        if (name === 'C2' && tol === 1e-9) continue
        const options = { solver, rtol: tol, atol: tol, maxSteps: 1e6 }
        const { nfe, accepted, rejected } = odeint(field, y0, [0, t1], options).stats
        expect({ nfe, accepted, rejected }, `${tol}`).toEqual(torchdiffeqCount(solver, reference, y0, t1, tol))
      }
    }
  })
})
