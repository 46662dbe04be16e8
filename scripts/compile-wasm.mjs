// assembly/ -> build/core.<target>.wasm, one asc run per target of asconfig.json.
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runNode } from './run.mjs'

const ENTRY = {
  simd: 'assembly/index.ts',
  relaxed: 'assembly/index.ts',
  inference: 'assembly/inference.ts',
  test: 'assembly/test.ts',
  // Only `npm run bench:kernels` compiles these.
  bench: 'assembly/bench.ts',
  'bench-relaxed': 'assembly/bench.ts',
}

// What Binaryen does behind asc. Functions in the order of their names put the two precisions of a kernel side by side, where gzip
// sees that they are alike; going over everything for size once more pays in the whole core and not in the smaller one.
const FEATURES = ['simd', 'sign-ext', 'bulk-memory', 'bulk-memory-opt', 'mutable-globals', 'nontrapping-float-to-int']
const BY_NAME = ['--reorder-functions-by-name', '--strip-debug']
const STRICT = ['-Oz', '--converge', ...BY_NAME]
const RELAXED = ['--enable-relaxed-simd', ...STRICT]
const PASSES = {
  simd: STRICT,
  relaxed: RELAXED,
  inference: ['--shrink-level=2', '--local-cse', '--reorder-locals', ...BY_NAME],
  bench: STRICT,
  'bench-relaxed': RELAXED,
}

/** What a build compiles. */
export const targets = ['simd', 'relaxed', 'inference', 'test']

/** Compiles the targets, two at a time: asc uses one core, and more runs than cores only cost memory. */
export async function compileWasm(wanted) {
  await mkdir('build', { recursive: true })
  const key = await sourceKey()
  const queue = [...wanted]
  const worker = async () => {
    for (let target = queue.shift(); target !== undefined; target = queue.shift()) await compile(target, key)
  }
  await Promise.all([worker(), worker()])
}

// asc takes seconds per target and the TypeScript side changes far more often than the core: an unchanged target is kept.
async function compile(target, key) {
  const keyFile = `build/core.${target}.key`
  const previous = await readFile(keyFile, 'utf8').catch(() => '')
  if (previous === key) return
  // Into a folder of its own and then renamed: nobody ever reads half a module.
  const folder = await mkdtemp('build/asc-')
  try {
    const outFile = join(folder, `core.${target}.wasm`)
    const passes = PASSES[target]
    const names = passes ? ['--debug'] : []
    await runNode('node_modules/assemblyscript/bin/asc.js', [
      ENTRY[target],
      '--target',
      target,
      '--outFile',
      outFile,
      ...names,
    ])
    if (passes) {
      const features = FEATURES.map((name) => `--enable-${name}`)
      await runNode('node_modules/binaryen/bin/wasm-opt', [outFile, ...features, ...passes, '--output', outFile])
    }
    for (const file of await readdir(folder)) await rename(join(folder, file), join('build', file))
    await writeFile(keyFile, key)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Hash of everything a module is made from: the sources, the options, the compiler and its optimizer. */
async function sourceKey() {
  const files = (await readdir('assembly', { recursive: true })).filter((file) => file.endsWith('.ts')).sort()
  const hash = createHash('sha256')
  const inputs = [
    'asconfig.json',
    'scripts/compile-wasm.mjs',
    'node_modules/assemblyscript/package.json',
    'node_modules/binaryen/package.json',
    ...files.map((f) => join('assembly', f)),
  ]
  for (const file of inputs) hash.update(`${file}\0${await readFile(file, 'utf8')}\0`)
  return hash.digest('hex')
}
