// Measures all solvers on one problem, in a thread of its own: what the engine learns from one problem stays with it.
import { parentPort, workerData } from 'node:worker_threads'
import { spread } from './compare.mjs'
import { withPeers } from './solvers.mjs'

const { name, tolerances, rounds, sample } = workerData
const { solvers } = await withPeers()
const problems = {}
for (const { package: owner } of Object.values(solvers))
  problems[owner] ??= (await import(`./problems.mjs?${owner}`)).problems[name]

const errorOf = (y, y1) => Math.max(...y1.map((wanted, i) => Math.abs(y[i] - wanted) / (1 + Math.abs(wanted))))

/** Milliseconds of `times` solves. */
function timed(solve, problem, tol, times) {
  const start = performance.now()
  for (let i = 0; i < times; i++) solve(problem, tol)
  return performance.now() - start
}

/** A solver at a tolerance, warm; undefined where it does not come to the end. */
function prepared(solver, tol) {
  const { solve } = solvers[solver]
  const problem = problems[solvers[solver].package]
  try {
    const { y, nfe } = solve(problem, tol)
    const error = errorOf(y, problem.y1)
    if (!Number.isFinite(error)) return undefined
    const run = { solver, tol, error, nfe, times: 1, us: [], next: () => timed(solve, problem, tol, run.times) }
    for (let ms = 0; ms < 10 * sample; run.times *= 2) ms = run.next()
    return run
  } catch {
    return undefined
  }
}

const runs = tolerances.flatMap((tol) => Object.keys(solvers).flatMap((solver) => prepared(solver, tol) ?? []))
// How many fill a sample is known when the engine has seen all of them.
for (const run of runs) run.times = Math.max(1, Math.ceil(run.times * (sample / run.next())))
// In turn, so that all of them meet the same weather.
for (let round = 0; round < rounds; round++) for (const run of runs) run.us.push((run.next() * 1000) / run.times)
const result = Object.fromEntries(Object.keys(solvers).map((solver) => [solver, []]))
for (const { solver, tol, error, nfe, us } of runs) result[solver].push({ tol, error, nfe, us: spread(us) })
parentPort.postMessage(result)
