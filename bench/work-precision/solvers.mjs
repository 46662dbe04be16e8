// What is compared: each solver as (problem, tol) => { y, nfe }, the state at t1 and the evaluations. rtol = atol = tol, everything
// else as each package has it by default; relode keeps no dense output, `dopri` cannot be told not to.
import { dopri5, hairerPI, odeint, tsit5 } from 'relode'
import { dopri8, vern7 } from 'relode/methods'

/** More steps than any of these solves takes. */
const MAX_STEPS = 2 ** 20

const relode = (options) => ({
  package: 'relode',
  solve: ({ field, y0, t1 }, tol) => {
    const { y, stats } = odeint(field, y0, [0, t1], {
      ...options,
      rtol: tol,
      atol: tol,
      dense: false,
      maxSteps: MAX_STEPS,
    })
    return { y, nfe: stats.nfe }
  },
})

const ours = {
  dopri5: relode({ solver: dopri5 }),
  'dopri5, hairerPI': relode({ solver: dopri5, controller: hairerPI }),
  tsit5: relode({ solver: tsit5 }),
  vern7: relode({ solver: vern7 }),
  dopri8: relode({ solver: dopri8 }),
}

/** With the packages of `bench/peers/package.json` that are there; and the names of those that are not. */
export async function withPeers() {
  const { load } = await import('../peers/work-precision.mjs')
  const { solvers, missing } = await load(MAX_STEPS)
  return { solvers: { ...ours, ...solvers }, missing }
}
