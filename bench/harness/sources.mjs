// Where contestants come from. Each source is opened at the first workload that asks for it, and is a note where it is not there.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as relode from 'relode'
import { prepare } from '../workloads/relode.mjs'
import { dataOf, RATE, TASKS, workOf } from '../workloads/tasks.mjs'
import { kernel, peak } from './ceilings.mjs'
import { Child } from './child.mjs'
import { native } from './native.mjs'
import { python } from './python.mjs'
import { workers } from './workers.mjs'

const INSTALL = 'npm ci --prefix bench/peers'
const RELAXED = fileURLToPath(new URL('relaxed.mjs', import.meta.url))
const root = new URL('../../', import.meta.url)

/** Opens sources when they are asked for; `notes` and `versions` tell of those that were. */
export class Sources {
  notes = []
  versions = {}
  #open = new Map()
  #peers

  /** @param {boolean} peers false: relode and the ceilings alone, nothing that has to be installed. */
  constructor({ peers = true } = {}) {
    this.#peers = peers
  }

  /** What `opener` gives, once: with notes, versions and `close` where it has them. */
  async opened(name, opener) {
    if (!this.#open.has(name)) {
      const source = await opener()
      this.notes.push(...(source?.notes ?? []))
      Object.assign(this.versions, source?.versions ?? {})
      this.#open.set(name, source)
    }
    return this.#open.get(name)
  }

  /** A package of bench/peers, opened; undefined and a note where it is not installed. */
  async peer(name, opener) {
    if (!this.#peers) return undefined
    return this.opened(name, async () => {
      try {
        return await opener()
      } catch (error) {
        if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
        return void this.notes.push(`WITHOUT ${name}: install it by \`${INSTALL}\``)
      }
    })
  }

  /** The Python process; undefined where peers are not wanted. */
  python() {
    return this.#peers ? this.opened('python', () => python()) : undefined
  }

  /** What the C compilers have made, which counts as a peer. */
  native() {
    return this.#peers ? this.opened('native', native) : undefined
  }

  /** Are there to be peers at all? */
  get peers() {
    return this.#peers
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

/** The work of tasks whose number of evaluations is fixed. */
const workFor = (id) => (TASKS[id].steps !== undefined || TASKS[id].kind === 'layer' ? { work: workOf(TASKS[id]) } : {})

const SOURCES = {
  relode: async (_, id) => {
    const { run, values, nfe } = prepare(relode, id)
    return [{ name: 'relode', ours: true, ...workFor(id), run, values, notes: nfe === undefined ? {} : { nfe } }]
  },
  kernel: async (_, id) => [await kernel(id)],
  peak: async () => [await peak()],
  relaxed: relaxedBuild,
  workers: async (sources, id) => (await sources.opened('workers', () => workers(root))).contestants(id),
  native: async (sources, id) => (await sources.native())?.contestants(id) ?? [],
  python: async (sources, id, { python: only }) => (await sources.python())?.contestants(id, only) ?? [],
  tfjs: async (sources, id) => {
    const { open, prepare: ready } = await import('../peers/tfjs.mjs')
    const tf = await sources.peer('@tensorflow/tfjs', () => open('wasm'))
    if (tf === undefined) return []
    const { run, values, nfe } = ready(tf, { ...TASKS[id], rate: RATE }, dataOf(TASKS[id]))
    // Asked for once: before it runs it has no evaluations.
    const found = values()
    return [{ name: 'tfjs-wasm', run, values: () => found, notes: nfe === undefined ? {} : { nfe: nfe() } }]
  },
  onnxruntime: async (sources, id) => {
    const { open, prepare: ready } = await import('../peers/onnxruntime.mjs')
    const found = []
    for (const kind of ['node', 'web']) {
      const ort = await sources.peer(`onnxruntime-${kind}`, () => open(kind))
      if (ort === undefined) continue
      found.push({ name: `onnxruntime-${kind}`, ...(await ready(ort, TASKS[id], dataOf(TASKS[id]))) })
    }
    return found
  },
}

/** relode and the peak of wasm with fused multiply-add, in one process of their own. */
async function relaxedBuild(sources, id) {
  const child = await sources.opened('relaxed', async () => {
    const started = new Child('relode/relaxed', process.execPath, [RELAXED])
    const { build } = await started.ask({ command: 'build' })
    if (build === 'relaxed') return started
    started.close()
    return { notes: ['WITHOUT relode, relaxed: this Node has no relaxed SIMD'] }
  })
  if (!(child instanceof Child)) return []
  const { values } = await child.ask({ command: 'prepare', id })
  const { work } = await child.ask({ command: 'peak', id: 'peak' })
  const time = (calls) => child.time(id, calls)
  const ours = { name: 'relode, relaxed', build: 'relaxed', ours: true, ...workFor(id), time, values: () => values }
  const ceiling = { name: 'in-wasm peak, relaxed', build: 'relaxed', ceiling: true, work }
  return [ours, { ...ceiling, time: (calls) => child.time('peak', calls) }]
}

/** Is relode built? */
export function checkBuilt() {
  if (!existsSync(new URL('dist/index.js', root))) throw new Error('dist/ is missing: run npm run build first')
}
