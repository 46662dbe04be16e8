// What this machine can do inside of wasm, and the kernels by themselves: the benchmark's own core, which exports both.
import { readFile } from 'node:fs/promises'
import { ACT_RELU } from '../../assembly/activations.ts'
import { compileWasm } from '../../scripts/compile-wasm.mjs'
import { dataOf, TASKS, workOf } from '../workloads/tasks.mjs'

/** Rounds of twelve multiply-adds of four lanes: 24 operations a lane. */
const ROUNDS = 20_000

/** The exports of a build; undefined where this engine does not have its instructions. */
async function core(build) {
  const target = build === 'strict' ? 'bench' : 'bench-relaxed'
  await compileWasm([target])
  const bytes = await readFile(new URL(`../../build/core.${target}.wasm`, import.meta.url))
  if (!WebAssembly.validate(bytes)) return undefined
  return (await WebAssembly.instantiate(bytes)).instance.exports
}

/** Multiply-adds in registers, f32: what a product is measured by. */
export async function peak(build = 'strict') {
  const { multiplyAdd32 } = await core(build)
  const name = build === 'strict' ? 'in-wasm peak' : `in-wasm peak, ${build}`
  return { name, build, ceiling: true, work: 24 * 4 * ROUNDS, run: () => multiplyAdd32(ROUNDS) }
}

/** Everything that limits: multiply-adds of both builds and precisions, and reads from L1 (16 KiB) and L2 (256 KiB). */
export async function ceilings() {
  const [strict, relaxed] = [await core('strict'), await core('relaxed')]
  const builds = { strict, ...(relaxed && { relaxed }) }
  const adds = Object.entries(builds).flatMap(([build, { multiplyAdd32, multiplyAdd64 }]) => {
    const what = build === 'strict' ? 'mul + add' : 'fused multiply-add (relaxed)'
    return [
      { name: `${what}, f32`, unit: 'GFLOP/s', work: 24 * 4 * ROUNDS, run: () => multiplyAdd32(ROUNDS) },
      { name: `${what}, f64`, unit: 'GFLOP/s', work: 24 * 2 * ROUNDS, run: () => multiplyAdd64(ROUNDS) },
    ]
  })
  const { read, room } = strict
  const reads = [16, 256].map((kilobytes) => {
    const [at, bytes, times] = [room(1024 * kilobytes), 1024 * kilobytes, 4096 / kilobytes]
    return { name: `read, ${kilobytes} KiB`, unit: 'GB/s', work: bytes * times, run: () => read(bytes, at, times) }
  })
  return [...adds, ...reads]
}

/** A layer with its weights packed and its operands in the core: what `relode` calls inside. */
export async function kernel(name) {
  const task = TASKS[name]
  const [k, n] = task.sizes
  const { batch: m } = task
  const exports = await core('strict')
  const { params, x } = dataOf(task)
  const put = (numbers) => {
    const at = exports.room(4 * numbers.length)
    new Float32Array(exports.memory.buffer, at, numbers.length).set(numbers)
    return at
  }
  const [weight, bias, from] = [put(params.subarray(0, n * k)), put(params.subarray(n * k)), put(x)]
  // A panel more than there are columns, each with its bias.
  const packed = exports.room(4 * (n + 8) * (k + 1))
  const to = exports.room(4 * m * n)
  exports.pack32(k, n, weight, 1, k, bias, packed)
  const run = () => exports.gemmPacked32(m, n, k, from, k, 1, packed, to, 0, ACT_RELU)
  const values = () => {
    run()
    return new Float32Array(exports.memory.buffer, to, m * n).slice()
  }
  return { name: 'relode, the kernel', ours: true, work: workOf(task), run, values }
}
