// What is compared: each solver as (problem, tol) => { y, nfe }, the state at t1 and the evaluations. rtol = tol, atol a share of it,
// everything else as each package has it by default; relode keeps no dense output, `dopri` cannot be told not to. Small systems are
// solved beside their field (relode/direct), with the same numbers as in the core, which stands there once for comparison.
import { dopri5, hairerPI, odeint, tsit5 } from 'relode'
import { direct } from 'relode/direct'
import { dopri8, vern7 } from 'relode/methods'

/** More steps than any of these solves takes. */
const MAX_STEPS = 2 ** 20

const relode = (options, share) => ({
  package: 'relode',
  solve: ({ field, y0, t1 }, tol) => {
    const { y, stats } = odeint(field, y0, [0, t1], {
      ...options,
      rtol: tol,
      atol: share * tol,
      dense: false,
      maxSteps: MAX_STEPS,
    })
    return { y, nfe: stats.nfe }
  },
})

const OURS = {
  dopri5: { solver: direct(dopri5) },
  'dopri5, core': { solver: dopri5 },
  'dopri5, hairerPI': { solver: direct(dopri5), controller: hairerPI },
  tsit5: { solver: direct(tsit5) },
  'tsit5, hairerPI': { solver: direct(tsit5), controller: hairerPI },
  vern7: { solver: direct(vern7) },
  dopri8: { solver: direct(dopri8) },
}

/**
 * With the packages of `bench/peers/package.json` that are there; and the names of those that are not.
 * @param share atol over rtol
 */
export async function withPeers(share = 1) {
  const ours = Object.fromEntries(Object.entries(OURS).map(([name, options]) => [name, relode(options, share)]))
  const { load } = await import('../peers/work-precision.mjs')
  const { solvers, missing } = await load(MAX_STEPS, share)
  return { solvers: { ...ours, ...solvers }, missing }
}
