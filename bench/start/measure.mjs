// From the start of a process, and from the import, to the first result: relode from its packed tarball in every runtime at hand, and its
// peers. All take turns.
import { spawn } from 'node:child_process'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commands, versionOf } from '../../test/runtimes/commands.mjs'
import { nativePage, withBrowser } from '../../test/runtimes/pages.mjs'
import { timeToFirst, withWorkerd } from '../../test/runtimes/workerd.mjs'
import { packAndInstall } from '../../test/support/packed.ts'
import { quartiles } from '../harness/stats.mjs'

const FILES = ['../../test/runtimes/digest.mjs', './first.mjs', './first-page.mjs', './first-worker.mjs']
const PEER = fileURLToPath(new URL('../peers/start.mjs', import.meta.url))
const NODE_PEERS = ['dopri', 'tfjs-wasm', 'onnxruntime-node', 'onnxruntime-web']
const PYTHON_PEERS = {
  'SciPy RK45':
    'from scipy.integrate import solve_ivp; print(solve_ivp(lambda t, y: [y[1], -y[0]], (0, 1), [1, 0]).y[0, -1])',
  JAX: 'import jax, jax.numpy as n; print(jax.jit(lambda a: a @ a)(n.ones((2, 2)))[0, 0])',
  'torch and torchdiffeq':
    'import torch, torchdiffeq as d; print(d.odeint(lambda t, y: -y, torch.ones(2), torch.tensor([0.0, 1.0]))[-1, 0])',
}

/** Milliseconds until a process has printed something, and what that was. */
export function untilFirst(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const start = performance.now()
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
    let [found, errors] = [undefined, '']
    child.stdout.on('data', (data) => {
      found ??= { process: performance.now() - start, text: String(data) }
    })
    child.stderr.on('data', (data) => {
      errors += data
    })
    child.on('error', reject)
    child.on('close', () => (found === undefined ? reject(new Error(errors || 'no result')) : resolve(found)))
  })
}

/** relode in Node, Deno and Bun: { name, kind, sample() } with both times. */
async function ours(project) {
  const all = []
  for (const [kind, program, ...args] of commands()) {
    const name = `${kind} ${await versionOf(program)}`
    const sample = async () => {
      const { process, text } = await untilFirst(program, [...args, 'first.mjs'], { cwd: project })
      return { process, import: JSON.parse(text).ms }
    }
    all.push({ name, kind, sample })
  }
  return all
}

function peers(python) {
  const inNode = (name) => ({
    name: name === 'nothing' ? 'an empty process of Node' : name,
    sample: async () => ({ process: (await untilFirst(process.execPath, [PEER, name])).process }),
  })
  const inPython = ([name, code]) => ({
    name,
    sample: async () => ({ process: (await untilFirst(python, ['-c', code])).process }),
  })
  const all = [inNode('nothing'), ...NODE_PEERS.map(inNode)]
  return python === undefined ? all : [...all, ...Object.entries(PYTHON_PEERS).map(inPython)]
}

/** workerd and Chromium: a worker, or a page, of its own each time. */
function hosts(project) {
  const workerd = async () => ({ import: await withWorkerd(project, 'first-worker.mjs', timeToFirst) })
  return [{ name: 'workerd', kind: 'workerd', sample: workerd }]
}

/** Samples all in turn; one that fails the first time is left out, and said in `notes`. */
async function turns(contestants, rounds, notes) {
  const entries = contestants.map((contestant) => ({ ...contestant, times: { process: [], import: [] } }))
  let alive = entries
  for (let round = 0; round <= rounds; round++) {
    for (const entry of alive) {
      try {
        const taken = await entry.sample()
        // The first is for the caches of the disk.
        if (round > 0) for (const [key, ms] of Object.entries(taken)) entry.times[key].push(ms)
      } catch (error) {
        const lines = error.message.trim().split('\n')
        const why = lines.find((line) => /^\S*Error\b/.test(line)) ?? lines.at(-1)
        notes.push(`WITHOUT ${entry.name} at the start: ${why}`)
        entry.failed = true
      }
    }
    alive = alive.filter(({ failed }) => !failed)
  }
  return alive
}

/**
 * By contestant the quartiles of both times, ms.
 * @returns {Promise<{ rows: { name: string, kind?: string, process?: object, import?: object }[], notes: string[] }>}
 */
export async function measureStarts({ rounds, python, withPeers }) {
  const packed = packAndInstall()
  const notes = []
  try {
    for (const file of FILES)
      await copyFile(new URL(file, import.meta.url), join(packed.project, file.split('/').at(-1)))
    const { project } = packed
    const others = withPeers ? peers(python) : []
    await nativePage(join(project, 'page'), '/first-page.mjs')
    const all = [...(await ours(project)), ...hosts(project), ...others]
    const withPage = await withBrowser(project, async (name, open) =>
      turns(
        [...all, { name, kind: 'Chromium', sample: async () => ({ import: (await open('page')).ms }) }],
        rounds,
        notes,
      ),
    )
    const entries = withPage ?? (await turns(all, rounds, notes))
    const rows = entries.map(({ name, kind, times }) => ({
      name,
      kind,
      ...Object.fromEntries(
        Object.entries(times).flatMap(([key, ms]) => (ms.length > 0 ? [[key, quartiles(ms)]] : [])),
      ),
    }))
    return { rows, notes }
  } finally {
    packed.remove()
  }
}
