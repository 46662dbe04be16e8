import { describe, expect, test } from 'vitest'
import { functionsOf, importsOf, parse, readSources, resolveImport, type Source } from '../support/sources.ts'

// Low to high: a room may import itself and what stands before it. Rooms in one entry do not know each other.
const SRC = [
  [
    'assembly/abi',
    'assembly/abi-fixpoint',
    'assembly/abi-kinks',
    'assembly/abi-sweep',
    'assembly/activations',
    'generated',
  ],
  ['load'],
  ['core'],
  ['io'],
  ['tableaus'],
  ['program'],
  ['solve'],
  ['adjoint'],
  ['models'],
  ['train'],
  ['theory'],
  ['plot'],
  ['inference'],
  ['index', 'equilibrium', 'direct', 'events', 'recurrent', 'relaxed', 'signals'],
  ['flows', 'structured'],
  ['pool'],
  ['cli'],
]
const ASSEMBLY = [
  ['abi', 'abi-fixpoint', 'abi-kinks', 'abi-sweep', 'activations'],
  ['memory'],
  ['kernels'],
  ['program'],
  ['step'],
  ['drive'],
  ['inference'],
  ['index'],
  ['test'],
  ['bench'],
]
// The micro-kernel of a matrix product is one loop nest and its registers; cutting it would cost speed.
const LONGER: Record<string, number> = { 'assembly/kernels/gemm.ts': 90 }

const src = readSources('src')
const assembly = readSources('assembly')
const all = [...src, ...assembly]

/** `src/core/errors.ts` -> `core`, `src/index.ts` -> `index`, `assembly/abi.ts` -> `assembly/abi` as seen from src. */
function roomOf(path: string, base: string): string {
  const [room, ...rest] = path.replace(/\.ts$/, '').split('/')
  return room === base ? (rest[0] as string) : [room, ...rest].join('/')
}

function upwardImports(sources: Source[], base: string, order: string[][]): string[] {
  const level = (room: string): number => order.findIndex((rooms) => rooms.includes(room))
  return sources.flatMap((source) => {
    const from = roomOf(source.path, base)
    if (level(from) < 0) return [`${source.path}: room "${from}" is in no list of this test`]
    return relativeImports(source)
      .filter((path) => {
        const to = roomOf(path, base)
        return to !== from && !(level(to) >= 0 && level(to) < level(from))
      })
      .map((path) => `${source.path} -> ${path}`)
  })
}

function relativeImports(source: Source): string[] {
  return importsOf(source)
    .filter((specifier) => specifier.startsWith('.') && !specifier.endsWith('?module'))
    .map((specifier) => resolveImport(source, specifier))
}

function cycles(sources: Source[]): string[] {
  const graph = new Map(sources.map((source) => [source.path, relativeImports(source)]))
  const done = new Set<string>()
  const visit = (path: string, trail: string[]): string[] => {
    if (trail.includes(path)) return [[...trail.slice(trail.indexOf(path)), path].join(' -> ')]
    if (done.has(path)) return []
    const found = (graph.get(path) ?? []).flatMap((next) => visit(next, [...trail, path]))
    done.add(path)
    return found
  }
  return [...graph.keys()].flatMap((path) => visit(path, []))
}

const places = (sources: Source[], pattern: RegExp): string[] =>
  sources.flatMap(({ path, syntax }) =>
    syntax.split('\n').flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1} ${line.trim()}`] : [])),
  )

describe('imports', () => {
  test('src: a room imports only itself and lower rooms', () => {
    expect(upwardImports(src, 'src', SRC)).toEqual([])
  })

  test('assembly: a room imports only itself and lower rooms', () => {
    expect(upwardImports(assembly, 'assembly', ASSEMBLY)).toEqual([])
  })

  test('every relative import names a source of this repository', () => {
    const known = new Set(all.map((source) => source.path))
    const unknown = all.flatMap((source) => relativeImports(source)).filter((path) => !/\/generated\//.test(path))
    expect(unknown.filter((path) => !known.has(path))).toEqual([])
  })

  test('no cycles', () => expect(cycles(all)).toEqual([]))

  test('plot knows data, not the library', () => {
    const plot = src.filter(({ path }) => path.startsWith('src/plot/'))
    expect(plot.flatMap(relativeImports).filter((path) => !path.startsWith('src/plot/'))).toEqual([])
  })

  test('only named rooms use packages, only the command line uses Node', () => {
    const allowed: Record<string, RegExp> = { cli: /./, plot: /^d3-/, io: /^csv-parse\b/ }
    const bare = src.flatMap((source) =>
      importsOf(source)
        .filter((specifier) => !specifier.startsWith('.') && !allowed[roomOf(source.path, 'src')]?.test(specifier))
        .map((specifier) => `${source.path} -> ${specifier}`),
    )
    expect(bare).toEqual([])
  })
})

test('only src/core/boundary.ts touches the exports and the memory of wasm', () => {
  const others = src.filter(({ path }) => path !== 'src/core/boundary.ts')
  expect(places(others, /WebAssembly\.Instance|WebAssembly\.instantiate|\.exports\b|memory\.buffer/)).toEqual([])
})

// What an engine may round as it likes must not reach a number; figures and tables may use it. In assembly/ the same
// names are compiled into the module, and so give the same bits everywhere.
test('no engine-dependent mathematics, no clock and no chance in the library', () => {
  // The budget of a solve reads a clock: it may end the solve, and has no numbers in hand.
  const library = src.filter(({ path }) => !/^src\/(plot|cli)\/|^src\/solve\/budget\.ts$/.test(path))
  const exact = 'abs|ceil|clz32|floor|fround|imul|max|min|round|sign|sqrt|trunc'
  const inexact = new RegExp(`\\bMath\\.(?!(?:${exact}|[A-Z0-9_]+)\\b)|\\bDate\\b|\\bperformance\\b|\\bcrypto\\b`)
  expect(places(library, inexact)).toEqual([])
})

describe('sizes', () => {
  test('files have at most 300 lines', () => {
    const written = [...all, ...readSources('test', 'scripts', 'bench')]
    expect(written.filter(({ lines }) => lines > 300).map(({ path, lines }) => `${path}: ${lines}`)).toEqual([])
  })

  test('functions have at most 60 lines', () => {
    const tooLong = all.flatMap((source) =>
      functionsOf(source)
        .filter(({ length }) => length > (LONGER[source.path] ?? 60))
        .map(({ line, length }) => `${source.path}:${line} ${length} lines`),
    )
    expect(tooLong).toEqual([])
  })
})

// A guard that cannot fail guards nothing.
describe('the reader of sources', () => {
  const text = `// import a from './no'
import type { A } from './a.ts' /* from './no' */
export * from './b'
const s = "from './no'", r = /["'{]/
export function f({ x }: A): number {
  // why
  return g(() => {
    x()
  })
}
class C {
  m(n: i32): void { if (n) { ${'`}`'} } }
}
const later = () => import('./c.ts')
`
  const source = parse('src/core/x.ts', text)

  test('finds imports outside comments', () => {
    expect(importsOf(source)).toEqual(['./a.ts', './b', './c.ts'])
    expect(resolveImport(source, '../b')).toBe('src/b.ts')
  })

  test('measures functions by their lines of code', () => {
    expect(functionsOf(source)).toContainEqual({ line: 5, length: 5 })
    expect(functionsOf(source)).toContainEqual({ line: 7, length: 3 })
    expect(functionsOf(source).filter(({ line }) => line === 11)).toEqual([])
  })

  test('finds an upward import and a cycle', () => {
    const low = parse('src/core/low.ts', `import { high } from '../solve/high.ts'`)
    const high = parse('src/solve/high.ts', `import { low } from '../core/low.ts'`)
    expect(upwardImports([low, high], 'src', SRC)).toEqual(['src/core/low.ts -> src/solve/high.ts'])
    expect(cycles([low, high])).toEqual(['src/core/low.ts -> src/solve/high.ts -> src/core/low.ts'])
  })
})
