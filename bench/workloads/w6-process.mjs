// All solvers of JavaScript on one problem, in a process that knows no other: what the engine learns from one stays with it. Each package
// has its own copy of the field.
import { createInterface } from 'node:readline'
import { timed } from '../harness/rounds.mjs'
import { withPeers } from '../work-precision/solvers.mjs'

const [name, share] = [process.argv[2], Number(process.argv[3])]
const { solvers, missing } = await withPeers(share)
const problems = {}
for (const { package: owner } of Object.values(solvers))
  problems[owner] ??= (await import(`../work-precision/problems.mjs?${owner}`)).problems[name]

const commands = {
  // The package of each, and the problem without its function.
  solvers: () => {
    const { y0, t1, y1 } = problems.relode
    const packages = Object.fromEntries(Object.entries(solvers).map(([key, { package: owner }]) => [key, owner]))
    return { packages, missing, problem: { name, y0: [...y0], t1, y1: [...y1] } }
  },
  solve: ({ solver, tol }) => {
    const { y, nfe } = solvers[solver].solve(problems[solvers[solver].package], tol)
    return { y: [...y], nfe }
  },
  time: async ({ id: [solver, tol], calls }) => {
    const { solve, package: owner } = solvers[solver]
    return { ms: await timed({ run: () => solve(problems[owner], tol) }, calls) }
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line)
  const answer = await Promise.resolve()
    .then(() => commands[message.command](message))
    .catch((error) => ({ error: error.message }))
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
