// The JavaScript packages that relode is compared with: `npm ci --prefix bench/peers` installs them.

const adapters = {
  odex:
    ({ Solver }, maxSteps, share) =>
    ({ field, y0, t1 }, tol) => {
      const solver = new Solver(y0.length)
      Object.assign(solver, { relativeTolerance: tol, absoluteTolerance: share * tol, maxSteps })
      // It wants an array returned; one for all calls is the cheapest.
      const dy = new Array(y0.length).fill(0)
      const f = (t, y) => {
        field(t, y, dy)
        return dy
      }
      const { y, nEval, outcome } = solver.solve(f, 0, y0, t1)
      if (outcome !== 0) throw new Error(`outcome ${outcome}`)
      return { y, nfe: nEval }
    },
  dopri:
    ({ Dopri }, maxSteps, share) =>
    ({ field, y0, t1 }, tol) => {
      const solver = new Dopri(field, y0.length, { rtol: tol, atol: share * tol, maxSteps })
      const solution = solver.initialise(0, y0).run(t1)
      return { y: solution([t1])[0], nfe: solver.statistics().nEval }
    },
}

/** Those that are installed, as `../work-precision/solvers.mjs` has its own, and the names of those that are not. */
export async function load(maxSteps, share) {
  const solvers = {}
  const missing = []
  for (const [name, adapt] of Object.entries(adapters)) {
    try {
      const { default: module } = await import(name)
      solvers[name] = { package: name, solve: adapt(module, maxSteps, share) }
    } catch (error) {
      if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
      missing.push(name)
    }
  }
  return { solvers, missing }
}
