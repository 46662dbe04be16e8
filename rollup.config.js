// Bundles what tsc wrote to build/ts. An entry is the same source with its own way of getting the wasm module.
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import commonjs from '@rollup/plugin-commonjs'
import nodeResolve from '@rollup/plugin-node-resolve'

const compiled = (path) => fileURLToPath(new URL(`./build/ts/src/${path}`, import.meta.url))

/**
 * Swaps load/inline*.js for another loader, and in the entries for inference every file for the one with `.inference` in its name, where
 * there is one; a `?module` import stays, and names the file beside the bundle.
 */
const loadWith = (loader) => ({
  name: 'load-with',
  resolveId(id, importer) {
    if (id.endsWith('.wasm?module')) return { id: `./${basename(id)}`, external: true }
    const swapped = /\/load\/inline(-relaxed)?\.js$/.exec(id)
    if (swapped !== null) return compiled(`load/${loader}${swapped[1] ?? ''}.js`)
    if (importer === undefined || !loader.endsWith('inference')) return null
    const standIn = join(dirname(importer), id).replace(/\.js$/, '.inference.js')
    return existsSync(standIn) ? standIn : null
  },
})

const agreements = ['abi', 'abi-fixpoint', 'abi-kinks', 'abi-sweep'].map(
  (name) => import(new URL(`./build/ts/assembly/${name}.js`, import.meta.url).href),
)
const abi = Object.assign({}, ...(await Promise.all(agreements)))

/** Writes the core's ids and offsets as the numbers they are: their names would make a bundle 700 bytes larger, gzipped. */
const numbers = {
  name: 'numbers',
  transform(code) {
    const number = (_, name) => {
      if (!(name in abi)) this.error(`assembly/ has no ${name}`)
      return `${abi[name]} /* ${name} */`
    }
    return { code: code.replace(/\b(?:abi|kinkAbi|sweepAbi)\.([A-Z][A-Z\d_]*)\b/g, number), map: null }
  },
}

// The licences of what is bundled (MIT, ISC) ask that their notice travels with the copy.
const bundled = new Set()
const licences = {
  name: 'licences',
  async writeBundle(_, bundle) {
    for (const chunk of Object.values(bundle))
      for (const [id, { renderedLength }] of Object.entries(chunk.modules ?? {})) {
        const folder = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id.replaceAll('\\', '/').replace(/^\0/, ''))?.[0]
        if (folder !== undefined && renderedLength > 0) bundled.add(folder)
      }
    const notices = await Promise.all([...bundled].sort().map(notice))
    await writeFile('dist/THIRD-PARTY-LICENSES.txt', notices.join(`\n${'-'.repeat(80)}\n\n`))
  },
}

async function notice(folder) {
  const { name, version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry))
  if (file === undefined) throw new Error(`${name} is bundled, but its package has no licence file`)
  return `${name} ${version}\n\n${await readFile(join(folder, file), 'utf8')}`
}

const entry = (input, output, loader = 'inline') => ({
  input: compiled(input),
  output: { file: `dist/${output}`, format: 'es' },
  external: [/^node:/, ...builtinModules],
  plugins: [loadWith(loader), numbers, nodeResolve({ preferBuiltins: true }), commonjs(), licences],
  treeshake: { moduleSideEffects: (id) => dirname(id).endsWith('/cli') },
  // A warning is an error, except for the cycles inside d3-interpolate, and for what tsc wraps `import(expression)` in, which
  // asks for `this` and does without.
  onwarn(warning) {
    if (warning.code === 'CIRCULAR_DEPENDENCY' && warning.ids?.every((id) => id.includes('node_modules'))) return
    if (warning.code === 'THIS_IS_UNDEFINED' && warning.id?.endsWith('/cli/approximate/targets.js')) return
    throw new Error(warning.message)
  },
})

/** Puts what an entry imports, directly or not, into its own file; and `more`. */
const asOneFile = (input, name, more) => {
  const found = new Set([input, ...more])
  let complete = false
  return (id, { getModuleInfo }) => {
    if (!complete) for (const module of found) for (const next of getModuleInfo(module).importedIds) found.add(next)
    complete = true
    return found.has(id) ? name : undefined
  }
}

const SHARED = ['solve/crossing.js', 'solve/grid.js'].map(compiled)
const TANGENTS = compiled('program/tangent.js')

/** The first of these choices that says something. */
const firstOf =
  (...choices) =>
  (...module) =>
    choices.reduce((name, choose) => name ?? choose(...module), undefined)

/** The library and its companions, as files that share one core: the others import the first. */
const library = (suffix, loader) => ({
  ...entry('index.js', '', loader),
  input: {
    [`index${suffix}`]: compiled('index.js'),
    [`theory${suffix}`]: compiled('theory/index.js'),
    [`equilibrium${suffix}`]: compiled('equilibrium.js'),
    [`events${suffix}`]: compiled('events.js'),
    [`direct${suffix}`]: compiled('direct.js'),
    [`flows${suffix}`]: compiled('flows/index.js'),
    [`recurrent${suffix}`]: compiled('recurrent.js'),
    [`relaxed${suffix}`]: compiled('relaxed.js'),
    [`signals${suffix}`]: compiled('signals.js'),
    [`structured${suffix}`]: compiled('structured/index.js'),
    [`train${suffix}`]: compiled('train/index.js'),
    [`adjoints${suffix}`]: compiled('adjoint/index.js'),
    [`pool${suffix}`]: compiled('pool/index.js'),
    ...(suffix === '' && { 'pool-worker': compiled('pool/worker.js') }),
  },
  // What a companion needs of the library beside its public names, the library exports under names of one letter.
  preserveEntrySignatures: 'allow-extension',
  output: {
    dir: 'dist',
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    hoistTransitiveImports: false,
    // What two companions need is in neither: little of it in the library, derivatives of programs in a file of their own.
    manualChunks: firstOf(
      asOneFile(compiled('index.js'), `index${suffix}`, SHARED),
      (id) => (id === TANGENTS ? `tangents${suffix}` : undefined),
      // What runs in the workers of a pool imports these, and parts of the pool itself.
      asOneFile(compiled('equilibrium.js'), `equilibrium${suffix}`, []),
      asOneFile(compiled('events.js'), `events${suffix}`, []),
      asOneFile(compiled('signals.js'), `signals${suffix}`, []),
      asOneFile(compiled('structured/index.js'), `structured${suffix}`, []),
      asOneFile(compiled('flows/index.js'), `flows${suffix}`, []),
      asOneFile(compiled('recurrent.js'), `recurrent${suffix}`, []),
      asOneFile(compiled('adjoint/index.js'), `adjoints${suffix}`, []),
      asOneFile(compiled('pool/index.js'), `pool${suffix}`, []),
    ),
    onlyExplicitManualChunks: true,
  },
})

export default [
  library('', 'inline'),
  library('.workerd', 'module-workerd'),
  entry('inference.js', 'inference.js', 'inline-inference'),
  entry('inference.js', 'inference.workerd.js', 'module-workerd-inference'),
  entry('tableaus/index.js', 'methods.js'),
  entry('plot/index.js', 'plot.js'),
  entry('cli/index.js', 'cli.js'),
]
