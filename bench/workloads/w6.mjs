// A field in JavaScript, f64: the time for the same error, since packages choose their steps differently at the same tolerance.
import { fileURLToPath } from 'node:url'
import { Child } from '../harness/child.mjs'
import { takeTurns } from '../harness/rounds.mjs'
import { geometricMean, quartiles } from '../harness/stats.mjs'
import { costAt } from '../work-precision/compare.mjs'

const PROCESS = fileURLToPath(new URL('w6-process.mjs', import.meta.url))
const PROBLEMS = { LRNZ10: 'Lorenz, t = 10', AREN: 'Arenstorf, one period', PLEI: 'Pleiades, t = 3' }
/** atol over rtol. */
const SHARE = 1e-3
const TOLERANCES = [1e-4, 1e-5, 1e-6, 1e-7, 1e-8]
const OWN = 'relode'
/** Whose error at which tolerance all are compared at. */
const STANDARD = { solver: 'dopri5', tol: 1e-6 }

export const title =
  'W6: Lorenz, Arenstorf and Pleiades with a field in JavaScript, f64, at the error of dopri5 at rtol 1e-6, atol 1e-9'

const errorOf = (y, y1) => Math.max(...y1.map((wanted, i) => Math.abs(y[i] - wanted) / (1 + Math.abs(wanted))))

/** Every solver at every tolerance: { name, package, solver, error, nfe, time }. */
async function contestantsOf(child, sources) {
  const { packages, missing, problem } = await child.ask({ command: 'solvers' })
  const all = []
  for (const [solver, owner] of Object.entries(packages))
    for (const tol of TOLERANCES) {
      const { y, nfe } = await child.ask({ command: 'solve', solver, tol })
      const time = (calls) => child.time([solver, tol], calls)
      all.push({ name: `${solver} at ${tol}`, package: owner, solver, tol, error: errorOf(y, problem.y1), nfe, time })
    }
  const scipy = (await (await sources.python())?.solver(problem, TOLERANCES)) ?? []
  for (const { tol, values, nfe, time } of scipy) {
    const solver = 'SciPy RK45'
    all.push({
      name: `${solver} at ${tol}`,
      package: 'SciPy',
      solver,
      tol,
      error: errorOf(values, problem.y1),
      nfe,
      time,
    })
  }
  return { all: all.filter(({ error }) => Number.isFinite(error)), missing }
}

/** By solver the time at an error, round by round; without those that do not get there. */
export function atEqualError(all, times, error) {
  const rounds = times[all[0].name].length
  const found = new Map()
  for (const solver of new Set(all.map((entry) => entry.solver))) {
    const own = all.filter((entry) => entry.solver === solver)
    const costs = Array.from({ length: rounds }, (_, round) =>
      costAt(
        own.map((entry) => ({ error: entry.error, cost: times[entry.name][round] })),
        error,
      ),
    )
    if (!costs.includes(undefined)) found.set(solver, { package: own[0].package, costs })
  }
  return found
}

/** The solver of a set that is fastest in the median. */
function fastest(found, belongs) {
  const medians = [...found].filter(([, { package: owner }]) => belongs(owner))
  if (medians.length === 0) return undefined
  const [solver, { costs }] = medians.reduce((a, b) =>
    quartiles(b[1].costs).median < quartiles(a[1].costs).median ? b : a,
  )
  return { solver, costs }
}

async function measureProblem(name, sources, plan) {
  const child = new Child(name, process.execPath, [PROCESS, name, String(SHARE)])
  try {
    const { all, missing } = await contestantsOf(child, sources)
    sources.note(missing.map((absent) => `WITHOUT ${absent}: install it by \`npm ci --prefix bench/peers\``))
    const times = await takeTurns(all, { ...plan, slice: plan.slice / 4, patience: Number.POSITIVE_INFINITY })
    const { error } = all.find(({ solver, tol }) => solver === STANDARD.solver && tol === STANDARD.tol)
    const found = atEqualError(all, times, error)
    const nfe = (solver) => all.find((entry) => entry.solver === solver && entry.tol === STANDARD.tol).nfe
    const rows = [...found].map(([solver, { costs }]) => ({ name: solver, us: quartiles(costs), nfe: nfe(solver) }))
    const best = fastest(found, (owner) => owner === OWN)
    const peers = {
      'fastest JS peer': fastest(found, (owner) => owner !== OWN && owner !== 'SciPy'),
      'SciPy RK45': fastest(found, (owner) => owner === 'SciPy'),
    }
    return { rows, error, best, peers }
  } finally {
    child.close()
  }
}

async function measure(sources, plan) {
  const notes = []
  const ratios = {}
  const figures = []
  for (const [name, words] of Object.entries(PROBLEMS)) {
    const { rows, error, best, peers } = await measureProblem(name, sources, plan)
    for (const { name: solver, us, nfe } of rows)
      figures.push({ name: `${words}: ${solver} (${nfe} evaluations at 1e-6)`, unit: 'µs', ...us })
    const said = []
    for (const [key, peer] of Object.entries(peers)) {
      if (peer === undefined) continue
      const own = peer.costs.map((cost, round) => cost / best.costs[round])
      ratios[key] = [...(ratios[key] ?? []), own]
      said.push(`${peer.solver} takes ${quartiles(own).median.toFixed(2)} times as long`)
    }
    notes.push(
      `${words}, error ${error.toExponential(1)}: ${best.solver} is relode's fastest; ${said.join(', ') || 'alone'}.`,
    )
  }
  for (const [key, all] of Object.entries(ratios)) {
    const means = all[0].map((_, round) => geometricMean(all.map((own) => own[round])))
    figures.push({ name: key, unit: 'times relode, geometric mean', ...quartiles(means) })
  }
  return { id: 'w6', title: 'time at equal error', figures, notes }
}

export const cases = [{ id: 'w6', title: 'time at equal error', measure }]
