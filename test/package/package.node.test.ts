// What users install: the packed tarball in a project of its own. Needs `npm run build` first.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Packed, packAndInstall } from '../support/packed.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const entries = ['index.js', 'inference.js', 'methods.js', 'plot.js']
const specifiers = [
  'relode',
  ...[
    ...[
      'theory',
      'equilibrium',
      'events',
      'direct',
      'recurrent',
      'flows',
      'structured',
      'signals',
      'train',
      'adjoints',
      'pool',
    ],
    ...['inference', 'relaxed', 'methods', 'plot'],
  ].map((name) => `relode/${name}`),
]
// The oldest Node this machine has beside the one that runs the tests: npm's own.
const nodes = [...new Set([process.execPath, process.env['npm_node_execpath'] ?? process.execPath])]

let packed: Packed
beforeAll(() => {
  packed = packAndInstall()
})
afterAll(() => packed?.remove())

const installed = (file: string): string => readFileSync(join(packed.project, 'node_modules/relode', file), 'utf8')

function runNode(node: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(node, args, { cwd: packed.project, encoding: 'utf8', timeout: 100_000 })
  if (status !== 0) throw new Error(`${node} ${args[0]} ended with ${status}:\n${stdout}${stderr}`)
  return stdout
}

describe('manifest', () => {
  test('publint has nothing to say', async () => {
    const { messages, pkg } = await publint({ pkgDir: root, strict: true, pack: 'npm' })
    expect(messages.map((message) => formatMessage(message, pkg ?? {}))).toEqual([])
  })

  test('are the types wrong? They are not', () => {
    const attw = join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js')
    const untyped = Object.keys(manifest.exports).filter((name) => name.endsWith('.wasm'))
    const excluded = untyped.map((name) => name.slice(2))
    runNode(process.execPath, attw, packed.tarball, '--profile', 'esm-only', '--exclude-entrypoints', ...excluded)
  })

  test('there is no dependency', () => {
    const { dependencies, peerDependencies, optionalDependencies } = manifest
    expect({ dependencies, peerDependencies, optionalDependencies }).toEqual({})
  })

  test('the tarball holds dist and the papers, no sources and no tests', () => {
    const other = packed.files.filter((path) => !/^dist\/[\w.-]+\.(js|wasm|txt)$|^dist\/types\/.*\.d\.ts$/.test(path))
    expect(other.filter((path) => !['LICENSE', 'README.md', 'CHANGELOG.md', 'package.json'].includes(path))).toEqual([])
    expect(packed.files).toContain('LICENSE')
    expect(packed.files).toContain('dist/THIRD-PARTY-LICENSES.txt')
  })
})

describe('bundles', () => {
  const imports = (file: string): string[] =>
    [...installed(file).matchAll(/^(?:import|export)\b[^'"\n]*['"]([^'"\n]+)['"];?$/gm)].map(
      (match) => match[1] as string,
    )

  test.each(entries)('%s imports nothing', (entry) => {
    expect(imports(`dist/${entry}`)).toEqual([])
    expect(installed(`dist/${entry}`)).not.toMatch(/\brequire\(|\bimport\(/)
  })

  test.each([
    ['theory.js', './index.js'],
    ['theory.workerd.js', './index.workerd.js'],
    ['equilibrium.js', './index.js'],
    ['equilibrium.workerd.js', './index.workerd.js'],
    ['events.js', './index.js'],
    ['events.workerd.js', './index.workerd.js'],
    ['direct.js', './index.js'],
    ['direct.workerd.js', './index.workerd.js'],
    ['recurrent.js', './index.js'],
    ['recurrent.workerd.js', './index.workerd.js'],
    ['signals.js', './index.js'],
    ['train.js', './index.js'],
    ['train.workerd.js', './index.workerd.js'],
    ['signals.workerd.js', './index.workerd.js'],
    ['adjoints.js', './index.js', './tangents.js'],
    ['adjoints.workerd.js', './index.workerd.js', './tangents.workerd.js'],
    ['flows.js', './index.js', './signals.js', './tangents.js'],
    ['flows.workerd.js', './index.workerd.js', './signals.workerd.js', './tangents.workerd.js'],
    ['structured.js', './index.js', './tangents.js'],
    ['structured.workerd.js', './index.workerd.js', './tangents.workerd.js'],
    ['tangents.js', './index.js'],
    ['tangents.workerd.js', './index.workerd.js'],
  ])('%s imports only the library, whose core it shares, and companions', (entry, ...others) => {
    expect(imports(`dist/${entry}`).sort()).toEqual(others)
    expect(installed(`dist/${entry}`)).not.toMatch(/WebAssembly|\brequire\(|\bimport\(/)
  })

  test.each([
    ['pool.js', ['./equilibrium.js', './index.js']],
    ['pool.workerd.js', ['./equilibrium.workerd.js', './index.workerd.js']],
    [
      'pool-worker.js',
      [
        './adjoints.js',
        './equilibrium.js',
        './events.js',
        './flows.js',
        './index.js',
        './pool.js',
        './recurrent.js',
        './structured.js',
      ],
    ],
  ])('%s imports the library, and what it knows models by', (entry, library) => {
    expect(imports(`dist/${entry}`).sort()).toEqual(library)
    expect(installed(`dist/${entry}`)).not.toMatch(/WebAssembly|\brequire\(|\bimport\(/)
  })

  test('the relaxed core comes with the library, and a module of its own', () => {
    expect(imports('dist/relaxed.js')).toEqual(['./index.js'])
    expect(imports('dist/relaxed.workerd.js').sort()).toEqual(['./core.relaxed.wasm?module', './index.workerd.js'])
  })

  test.each([
    ['index.workerd.js', 'simd'],
    ['inference.workerd.js', 'inference'],
  ])('%s imports its wasm module and holds no copy of it', (entry, core) => {
    expect(imports(`dist/${entry}`)).toEqual([`./core.${core}.wasm?module`])
    expect(installed(`dist/${entry}`)).not.toContain('AGFzbQ')
  })

  test('cli.js is a command and imports only Node', () => {
    expect(installed('dist/cli.js')).toMatch(/^#!\/usr\/bin\/env node\n/)
    expect(imports('dist/cli.js').filter((name) => !name.startsWith('node:'))).toEqual([])
    for (const node of nodes) runNode(node, 'node_modules/.bin/relode', '--help')
  })
})

describe('import', () => {
  // Everything that would make an import more than an import is counted, then every global is compared.
  const probe = `
    const used = []
    for (const name of ['fetch', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'])
      globalThis[name] = () => { used.push(name); throw new Error(name) }
    for (const [owner, name] of [[Math, 'random'], [Date, 'now'], [performance, 'now'], [WebAssembly, 'Module'],
      [WebAssembly, 'Instance'], [WebAssembly, 'compile'], [WebAssembly, 'instantiate'], [WebAssembly, 'Memory']])
      owner[name] = function () { used.push(name); throw new Error(name) }
    const everything = () => Reflect.ownKeys(globalThis).flatMap((key) => {
      const { value } = Object.getOwnPropertyDescriptor(globalThis, key)
      const parts = [value, value?.prototype].filter((part) => part !== undefined && Object(part) === part)
      return [String(key), ...parts.flatMap((part) => Reflect.ownKeys(part).map((name) => String(key) + '.' + String(name)))]
    })
    everything() // Node makes some globals at their first use
    const before = everything()
    await import(process.argv[1])
    const known = new Set(before)
    const after = everything()
    console.log(JSON.stringify({ used, added: after.filter((name) => !known.has(name)), removed: before.length - after.length }))`

  test.each(specifiers)('%s: no side effect, and the process ends by itself', (specifier) => {
    for (const node of nodes) {
      const report: unknown = JSON.parse(runNode(node, '--input-type=module', '--eval', probe, specifier))
      expect(report).toEqual({ used: [], added: [], removed: 0 })
    }
  })

  test.each(specifiers)('require("%s") gives the same names as import', (specifier) => {
    const script = `import('${specifier}').then((a) => {
      const names = (module) => Object.keys(module).filter((name) => name !== 'default' && name !== '__esModule')
      console.log(names(a).join() === names(require('${specifier}')).join() && names(a).length > 0)
    })`
    for (const node of nodes) expect(runNode(node, '--input-type=commonjs', '--eval', script)).toBe('true\n')
  })
})

test('relode/relaxed gives relode the core with fused multiply-add, where the engine has it', () => {
  const script = `
    import { readFileSync } from 'node:fs'
    import { info, odeint } from 'relode'
    import { configure } from 'relode/relaxed'
    const core = readFileSync(new URL(import.meta.resolve('relode/core.relaxed.wasm')))
    process.env.RELODE_FAST = '1'
    const { build } = configure()
    const { ys } = odeint((t, y, dy) => { dy[0] = -y[0] }, [1], [0, 1], { rtol: 1e-10, atol: 1e-10 })
    console.log(JSON.stringify([WebAssembly.validate(core), build, info().build, ys[1][0] - Math.exp(-1)]))`
  for (const node of nodes) {
    const [supported, build, used, error] = JSON.parse(runNode(node, '--input-type=module', '--eval', script))
    expect([build, used]).toEqual(supported ? ['relaxed', 'relaxed'] : ['strict', 'strict'])
    expect(Math.abs(error)).toBeLessThan(1e-9)
  }
})

describe('types', () => {
  // skipLibCheck off: a declaration that needs a package or a library file the user lacks must fail here.
  const options = {
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    types: [],
    target: 'es2022',
    lib: ['es2022', 'dom'],
  }

  test.each([
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])('compile in a strict project (module %s, resolution %s)', (module, moduleResolution) => {
    const compilerOptions = { ...options, module, moduleResolution }
    writeFileSync(join(packed.project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }))
    const source = specifiers
      .map((specifier, i) => `import * as m${i} from '${specifier}'\nexport { m${i} }\n`)
      .join('')
    writeFileSync(join(packed.project, 'use.ts'), source)
    runNode(process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '--project', 'tsconfig.json')
  })
})
