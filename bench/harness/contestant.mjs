// A contestant written in JavaScript, in a process of its own: `node contestant.mjs KIND`. What it leaves to the collector is its own pause,
// and what the engine learns from it stays with it. Answers lines of JSON.
import { createInterface } from 'node:readline'
import { dataOf, RATE, TASKS } from '../workloads/tasks.mjs'
import { peak } from './ceilings.mjs'
import { timed } from './rounds.mjs'

const [kind] = process.argv.slice(2)

/** relode, with the core of the other build where `fast`; `build` tells which one it has. */
async function relode(fast) {
  const { configure } = await import('relode/relaxed')
  const { build } = configure({ fast })
  const { prepare } = await import('../workloads/relode.mjs')
  const library = { ...(await import('relode')), ...(await import('relode/flows')) }
  return { build, prepare: (id) => prepare(library, id) }
}

async function tfjs(backend) {
  const { open, prepare } = await import('../peers/tfjs.mjs')
  const tf = await open(backend)
  return { prepare: (id) => prepare(tf, { ...TASKS[id], rate: RATE }, dataOf(TASKS[id])) }
}

async function onnxruntime(where) {
  const { open, prepare } = await import('../peers/onnxruntime.mjs')
  const ort = await open(where)
  return { prepare: (id) => prepare(ort, TASKS[id], dataOf(TASKS[id])) }
}

const KINDS = {
  relode: () => relode(false),
  'relode, relaxed': () => relode(true),
  'tfjs-wasm': () => tfjs('wasm'),
  'tfjs-cpu': () => tfjs('cpu'),
  'onnxruntime-node': () => onnxruntime('node'),
  'onnxruntime-web': () => onnxruntime('web'),
}

let source
const ready = new Map()

const commands = {
  open: async () => {
    source = await KINDS[kind]()
    return { build: source.build }
  },
  prepare: async ({ id }) => {
    const task = await source.prepare(id)
    const values = Float32Array.from(await task.values())
    ready.set(id, task)
    // Of tfjs they are counted while it runs.
    const nfe = typeof task.nfe === 'function' ? task.nfe() : task.nfe
    return { values: Buffer.from(values.buffer).toString('base64'), nfe }
  },
  peak: async ({ id, build }) => {
    const ceiling = await peak(build)
    ready.set(id, ceiling)
    return { work: ceiling.work }
  },
  time: async ({ id, calls }) => ({ ms: await timed({ run: ready.get(id).run }, calls) }),
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line)
  const answer = await Promise.resolve()
    .then(() => commands[message.command](message))
    .catch(({ message: error, code }) => ({ error, code }))
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
process.exit()
