// The workloads from the packed tarball in every runtime at hand: each a contestant that stays, so that all take turns.
import { copyFile, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commands, versionOf } from '../../test/runtimes/commands.mjs'
import { nativePage, withBrowser } from '../../test/runtimes/pages.mjs'
import { withWorkerd } from '../../test/runtimes/workerd.mjs'
import { packAndInstall } from '../../test/support/packed.ts'
import { Child } from '../harness/child.mjs'
import { takeTurns } from '../harness/rounds.mjs'
import { pairwise, quartiles } from '../harness/stats.mjs'

const FILES = [
  'runtimes/bench.mjs',
  'runtimes/process.mjs',
  'runtimes/page.mjs',
  'runtimes/worker.mjs',
  'workloads/relode.mjs',
  'workloads/tasks.mjs',
  'harness/data.mjs',
]
const FOLDER = 'bench'

/** Without the largest layer: what is in it is in the next as well. */
export const CASES = ['w1-tanh', 'w1-relu', 'w2-tanh', 'w2-relu', 'w3', 'w4-forward', 'w5-16x64', 'w5-256', 'w8']

/** workerd's time has a round trip in it, so a turn is longer than elsewhere. */
export function planOf(quick) {
  return quick ? { rounds: 3, slice: 5, warm: 20, patience: 0 } : { rounds: 21, slice: 40, warm: 300, patience: 20_000 }
}

async function copyTo(project) {
  for (const file of FILES) {
    const to = join(project, FOLDER, file)
    await mkdir(dirname(to), { recursive: true })
    await copyFile(fileURLToPath(new URL(`../${file}`, import.meta.url)), to)
  }
}

/** Node, Deno and Bun: { name, prepare(id), time(id, calls), close() }. */
async function processes(project) {
  const all = []
  for (const [kind, program, ...args] of commands()) {
    const name = `${kind} ${await versionOf(program)}`
    const child = new Child(name, program, [...args, join(FOLDER, 'runtimes/process.mjs')], { cwd: project })
    all.push({
      name,
      prepare: (id) => child.ask({ command: 'prepare', id }),
      time: (id, calls) => child.time(id, calls),
      close: () => child.close(),
    })
  }
  return all
}

/** workerd, timed from outside: the round trip of a request that does nothing is taken off. */
function worker(get) {
  const trip = async (path) => {
    const start = performance.now()
    await get(path)
    return performance.now() - start
  }
  return {
    name: 'workerd',
    prepare: (id) => get(`prepare/${id}`),
    time: async (id, calls) => {
      const idle = Math.min(await trip('idle'), await trip('idle'))
      return Math.max(1e-6, (await trip(`time/${id}/${calls}`)) - idle)
    },
  }
}

function browser(name, page) {
  return {
    name,
    prepare: (id) => page.evaluate((task) => globalThis.bench.prepare(task), id),
    time: async (id, calls) =>
      (await page.evaluate(([task, count]) => globalThis.bench.time(task, count), [id, calls])).ms,
  }
}

/** One case in all runtimes; throws where their numbers are not the same. */
async function measureCase(id, runtimes, plan) {
  const sums = []
  for (const runtime of runtimes) sums.push((await runtime.prepare(id)).sum)
  const other = sums.findIndex((sum) => sum !== sums[0])
  if (other >= 0)
    throw new Error(`${id}: ${runtimes[other].name} sums to ${sums[other]}, ${runtimes[0].name} to ${sums[0]}`)
  const contestants = runtimes.map(({ name, time }) => ({ name, time: (calls) => time(id, calls) }))
  const times = await takeTurns(contestants, plan)
  const [first] = runtimes
  return runtimes.map(({ name }) => ({
    name,
    us: quartiles(times[name]),
    ratio: quartiles(pairwise(times[name], times[first.name])),
  }))
}

/** By case, for every runtime its time in µs and its ratio to the first. `say(id)` is called before each. */
export async function measureRuntimes(plan, say = () => {}) {
  const packed = packAndInstall()
  const { project } = packed
  const children = []
  const all = async (runtimes) => {
    const cases = {}
    for (const id of CASES) {
      say(id)
      cases[id] = await measureCase(id, runtimes, plan)
    }
    return cases
  }
  try {
    await copyTo(project)
    await nativePage(join(project, 'page'), `/${FOLDER}/runtimes/page.mjs`)
    children.push(...(await processes(project)))
    return await withWorkerd(project, join(FOLDER, 'runtimes/worker.mjs'), async (get) => {
      const here = [...children, worker(get)]
      const withPage = await withBrowser(project, async (name, _, page) =>
        all([...here, browser(name, await page('page'))]),
      )
      return withPage ?? (await all(here))
    })
  } finally {
    for (const child of children) child.close()
    packed.remove()
  }
}
