// The same work in C: by gcc as 128-bit vectors without FMA and as the machine has them, in processes of their own, and by clang as
// WebAssembly in this one. Whichever compiler is not there is told, loudly.
import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { dataOf, TASKS } from '../workloads/tasks.mjs'
import { Child } from './child.mjs'

const run = promisify(execFile)
const file = (path) => fileURLToPath(new URL(path, import.meta.url))
const SOURCES = ['spiral.c', 'panels.c'].map((name) => file(`../native/${name}`))
const FOLDER = file('../../build/bench')

const FAST = ['-O3', '-ffast-math']
const WASM = [
  '--target=wasm32',
  ...FAST,
  '-msimd128',
  '-mbulk-memory',
  '-nostdlib',
  '-fvisibility=hidden',
  '-Wl,--no-entry',
  '-Wl,--export-dynamic',
]
const NATIVE = {
  'C, 128-bit, no FMA': [...FAST, '-DVECTOR=16', '-ffp-contract=off'],
  'C, -march=native': [...FAST, '-DVECTOR=64', '-march=native', '-mprefer-vector-width=512'],
}
/** What WebAssembly made of C is called. */
export const C_WASM = 'C in wasm'

/** Compiles what can be compiled; { contestants(name), versions, notes, close() }. */
export async function native() {
  await mkdir(FOLDER, { recursive: true })
  const notes = []
  const versions = {}
  const programs = {}
  const compile = async (compiler, args, to, name) => {
    try {
      await run(compiler, [...args, '-o', to])
      versions[compiler] ??= /\d+\.\d+\.\d+/.exec((await run(compiler, ['--version'])).stdout)?.[0]
      return to
    } catch (error) {
      const why = error.code === 'ENOENT' ? `there is no ${compiler}` : error.message
      notes.push(`WITHOUT ${name}: ${why}`)
      return undefined
    }
  }
  for (const [name, flags] of Object.entries(NATIVE)) {
    const to = join(FOLDER, name.replace(/\W+/g, '-'))
    if (await compile('gcc', [...flags, ...SOURCES, file('../native/main.c')], to, name)) programs[name] = to
  }
  const wasm = await compile('clang', [...WASM, ...SOURCES], join(FOLDER, 'c.wasm'), C_WASM)
  const module = wasm && (await WebAssembly.compile(await readFile(wasm)))
  const children = []
  const contestants = async (name) => {
    const all = module === undefined ? [] : [inWasm(module, name)]
    for (const [title, program] of Object.entries(programs)) {
      const child = new Child(title, program, [])
      children.push(child)
      all.push(await inProcess(child, title, name))
    }
    return all
  }
  return { contestants, versions, notes, close: () => children.forEach((child) => child.close()) }
}

/** The command of main.c that is a task, and the numbers that come out. */
function commandOf(name) {
  const { kind, sizes, activation, batch, steps, rtol, atol, t = [0] } = TASKS[name]
  const layers = `${sizes.length - 1} ${sizes.join(' ')}`
  const count = batch * sizes.at(-1) * (t.length > 2 ? t.length : 1)
  if (kind === 'layer') return { command: `dense ${batch} ${layers}`, count }
  if (steps !== undefined) return { command: `rk4 ${batch} ${steps} ${layers}`, count }
  return { command: `spiral ${activation === 'tanh' ? 1 : 0} ${rtol} ${atol}`, count }
}

async function inProcess(child, title, name) {
  const { params, x } = dataOf(TASKS[name])
  const path = join(FOLDER, `${name}.f32`)
  await writeFile(path, Buffer.concat([Buffer.from(params.buffer), Buffer.from(x.buffer)]))
  const { command, count } = commandOf(name)
  await child.ask(`prepare ${path} ${params.length}`)
  await child.ask(command)
  const { values, nfe } = await child.ask(`values ${count}`)
  return {
    name: title,
    values: () => values,
    notes: nfe > 0 ? { nfe } : {},
    time: async (calls) => (await child.ask(`time ${calls}`)).ms,
  }
}

function inWasm(module, name) {
  const task = TASKS[name]
  const { params, x } = dataOf(task)
  const { exports: c } = new WebAssembly.Instance(module)
  const put = (at, numbers) => new Float32Array(c.memory.buffer, at, numbers.length).set(numbers)
  put(c.parameters(), params)
  put(c.input(), x)
  const run = runnerOf(c, task)
  const nfe = run()
  const { count } = commandOf(name)
  const values = () => new Float32Array(c.memory.buffer, c.output(), count).slice()
  return { name: C_WASM, values, notes: nfe > 0 ? { nfe } : {}, run }
}

function runnerOf(c, { kind, sizes, activation, batch, steps, rtol, atol }) {
  if (kind === 'solve' && steps === undefined) return () => c.spiral(activation === 'tanh' ? 1 : 0, rtol, atol)
  new Int32Array(c.memory.buffer, c.sizes(), sizes.length).set(sizes)
  c.pack(sizes.length - 1)
  return kind === 'layer' ? () => c.dense(batch) : () => c.rk4(batch, steps)
}
