// workerd, as a plain edge deployment: esbuild with the condition `workerd`, wasm as a module of the worker.
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { build } from 'esbuild'
import { Miniflare } from 'miniflare'

/**
 * Runs a worker of the project; `use(get)` may ask it for a path, and gets the JSON that it answers.
 * @param {string} entry the worker's file
 */
export async function withWorkerd(project, entry, use) {
  const wasm = new Map()
  const modules = {
    name: 'wasm-modules',
    setup: ({ onResolve }) =>
      onResolve({ filter: /\.wasm\?module$/ }, ({ path, resolveDir }) => {
        const name = basename(path, '?module')
        wasm.set(name, join(resolveDir, name))
        return { path: `./${name}`, external: true }
      }),
  }
  const { outputFiles } = await build({
    absWorkingDir: project,
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    conditions: ['workerd'],
    plugins: [modules],
    write: false,
    outdir: '.',
  })
  const compiled = [...wasm].map(async ([name, file]) => ({
    type: 'CompiledWasm',
    path: name,
    contents: await readFile(file),
  }))
  const miniflare = new Miniflare({
    compatibilityDate: '2026-07-01',
    cf: false,
    modules: [
      { type: 'ESModule', path: basename(entry), contents: outputFiles[0].text },
      ...(await Promise.all(compiled)),
    ],
  })
  try {
    const get = async (path) => {
      const response = await miniflare.dispatchFetch(`http://localhost/${path}`)
      if (!response.ok) throw new Error(await response.text())
      return response.json()
    }
    return await use(get)
  } finally {
    await miniflare.dispose()
  }
}

export function runWorkerd(project) {
  return withWorkerd(project, 'worker.mjs', async (get) => {
    const ms = await timeToFirst(get)
    return { runtime: 'workerd', ...(await get('result')), ms }
  })
}

/**
 * The clock inside of a worker stands still between inputs, so the time is taken outside: that of the request in which the package is
 * imported and used, a round trip to a worker that is already running included.
 */
export async function timeToFirst(get) {
  await get('idle')
  const start = performance.now()
  await get('first')
  return performance.now() - start
}
