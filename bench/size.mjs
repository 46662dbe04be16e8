// What a page pays for each entry: minified, gzipped (level 9), wasm included. `npm run bench:size [-- --json|--check]`
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { transform } from 'esbuild'

// In bytes; 1 kB = 1000. Entries without a limit are listed to be watched.
const LIMITS = { 'index.js': 60_000, 'inference.js': 30_000 }
const FILES = [
  'index.js',
  'inference.js',
  'relaxed.js',
  'theory.js',
  'equilibrium.js',
  'events.js',
  'direct.js',
  'recurrent.js',
  'signals.js',
  'structured.js',
  'flows.js',
  'tangents.js',
  'train.js',
  'adjoints.js',
  'pool.js',
  'pool-worker.js',
  'methods.js',
  'plot.js',
  'index.workerd.js',
  'core.simd.wasm',
  'core.relaxed.wasm',
  'core.inference.wasm',
]

async function measure(file) {
  const raw = await readFile(fileURLToPath(new URL(`../dist/${file}`, import.meta.url)))
  const small = file.endsWith('.js') ? await minify(raw.toString()) : raw
  const limit = LIMITS[file] ?? null
  const gzipped = gzipSync(small, { level: 9 }).length
  return { file, raw: raw.length, minified: small.length, gzipped, limit, ok: limit === null || gzipped <= limit }
}

async function minify(code) {
  return Buffer.from((await transform(code, { minify: true, format: 'esm', target: 'es2022' })).code)
}

const rows = await Promise.all(FILES.map(measure))
if (process.argv.includes('--json')) {
  console.log(JSON.stringify(rows, null, 2))
} else {
  console.log(
    `${'file'.padEnd(22)}${'raw'.padStart(10)}${'min'.padStart(10)}${'min+gz'.padStart(10)}${'limit'.padStart(10)}`,
  )
  for (const { file, raw, minified, gzipped, limit, ok } of rows) {
    const numbers = [raw, minified, gzipped, limit ?? '-'].map((value) => String(value).padStart(10)).join('')
    console.log(`${file.padEnd(22)}${numbers}${ok ? '' : '  TOO BIG'}`)
  }
}
if (process.argv.includes('--check') && rows.some((row) => !row.ok)) process.exitCode = 1
