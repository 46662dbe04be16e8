// Where contestants come from: processes of their own, each opened at the first workload that asks for it, and a note where it is not there.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { TASKS, workOf } from '../workloads/tasks.mjs'
import { kernel, peak } from './ceilings.mjs'
import { Child, decoded } from './child.mjs'
import { native } from './native.mjs'
import { python } from './python.mjs'
import { workers } from './workers.mjs'

const CONTESTANT = fileURLToPath(new URL('contestant.mjs', import.meta.url))
const root = new URL('../../', import.meta.url)

/** Opens sources when they are asked for; `notes` and `versions` tell of those that were. */
export class Sources {
  notes = []
  versions = {}
  /** Are there to be peers, and with them the compilers? Without them nothing is needed but relode. */
  peers
  #open = new Map()

  constructor({ peers = true } = {}) {
    this.peers = peers
  }

  /** What `opener` gives, once: with notes, versions and `close` where it has them. */
  async opened(name, opener) {
    if (!this.#open.has(name)) {
      const source = await opener()
      this.note(source?.notes ?? [])
      Object.assign(this.versions, source?.versions ?? {})
      this.#open.set(name, source)
    }
    return this.#open.get(name)
  }

  /** Keeps words on what is missing, each once. */
  note(words) {
    for (const word of words) if (!this.notes.includes(word)) this.notes.push(word)
  }

  /** A process of `contestant.mjs`; undefined and a note where its package is not installed. */
  process(kind) {
    return this.opened(kind, async () => {
      const child = new Child(kind, process.execPath, [CONTESTANT, kind])
      try {
        const { build } = await child.ask({ command: 'open' })
        if (kind !== 'relode, relaxed' || build === 'relaxed') return child
        this.note([`WITHOUT ${kind}: this Node has no relaxed SIMD`])
      } catch (error) {
        if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
        this.note([`WITHOUT ${kind}: install it by \`npm ci --prefix bench/peers\``])
      }
      child.close()
      return undefined
    })
  }

  /** The Python process; undefined where peers are not wanted. */
  python() {
    return this.peers ? this.opened('python', () => python()) : undefined
  }

  /** All contestants of a task from the sources of these names. */
  async contestants(id, names, options = {}) {
    const all = []
    for (const name of names) all.push(...(await SOURCES[name](this, id, options)))
    return all
  }

  close() {
    for (const source of this.#open.values()) source?.close?.()
  }
}

/** One contestant of a process. */
async function inProcess(sources, kind, id, more = {}) {
  const child = await sources.process(kind)
  if (child === undefined) return []
  const { values, nfe } = await child.ask({ command: 'prepare', id })
  const numbers = decoded(values, Float32Array)
  const notes = nfe > 0 ? { nfe } : {}
  return [{ name: kind, notes, values: () => numbers, time: (calls) => child.time(id, calls), ...more }]
}

/** relode, with the work of tasks whose number of evaluations is fixed, which can be held against a ceiling. */
function ours(sources, kind, id, more = {}) {
  const { steps, kind: sort } = TASKS[id]
  const work = steps !== undefined || sort === 'layer' ? { work: workOf(TASKS[id]) } : {}
  return inProcess(sources, kind, id, { ours: true, ...work, ...more })
}

const peer = (kind) => async (sources, id) => (sources.peers ? inProcess(sources, kind, id) : [])

const SOURCES = {
  relode: (sources, id) => ours(sources, 'relode', id),
  kernel: async (_, id) => [await kernel(id)],
  peak: async () => [await peak()],
  relaxed: relaxedBuild,
  workers: async (sources, id) => (await sources.opened('workers', () => workers(root))).contestants(id),
  native: async (sources, id) => (sources.peers ? (await sources.opened('native', native)).contestants(id) : []),
  python: async (sources, id, { python: only }) => (await sources.python())?.contestants(id, only) ?? [],
  tfjs: peer('tfjs-wasm'),
  'tfjs-cpu': peer('tfjs-cpu'),
  onnxruntime: async (sources, id) => [
    ...(await peer('onnxruntime-node')(sources, id)),
    ...(await peer('onnxruntime-web')(sources, id)),
  ],
}

/** relode and the peak of wasm with fused multiply-add, in one process. */
async function relaxedBuild(sources, id) {
  const build = 'relaxed'
  const found = await ours(sources, 'relode, relaxed', id, { build })
  if (found.length === 0) return []
  const child = await sources.process('relode, relaxed')
  const { work } = await child.ask({ command: 'peak', id: 'peak', build })
  const time = (calls) => child.time('peak', calls)
  return [...found, { name: 'in-wasm peak, relaxed', build, ceiling: true, work, time }]
}

/** Is relode built? */
export function checkBuilt() {
  if (!existsSync(new URL('dist/index.js', root))) throw new RangeError('dist/ is missing: run npm run build first')
}
