import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { numberColumn, parseTable } from '../../src/io/csv.ts'
import { findAll, parseXml, textOf } from '../plot/xml.ts'
import { expectPrinted } from '../theory/targets.ts'
import { Folder } from './run.ts'

const folder = new Folder()
afterAll(() => folder.remove())

interface Row {
  readonly r: number
  readonly sup: number
  readonly mean: number
  readonly bound: number | null
  readonly smoothBound: number | null
}
interface Document {
  readonly targets: {
    readonly name: string
    readonly d: number
    readonly forms: { form: string; parameters: number; order: number; theory: number; errors: Row[] }[]
  }[]
  readonly sizes: { network: string; d: number; width: number; depth: number; state: number; parameters: number }[]
  readonly speed: { d: number; r: number; points: number; seconds: number; cpuSeconds: number } | null
  readonly files: string[]
}

/** Runs the command; the JSON it prints. */
function approximate(...args: string[]): Document {
  const { code, stdout, stderr } = folder.run('approximate', ...args, '--json')
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('relode:') })
  return JSON.parse(stdout) as Document
}
const text = (name: string): string => folder.read(name).toString()

// docs/theory.md, "Measured, first order, m = 1": sup / mean for r = 4, 16, 64, 256.
const TABLE: readonly [name: string, d: string, printed: string][] = [
  ['sin', '1', '1.00/.637 .378/.145 9.81e-2/2.92e-2 2.45e-2/7.5e-3'],
  ['abs', '1', '.167/9.4e-2 4.17e-2/2.5e-2 1.04e-2/6.5e-3 2.60e-3/1.6e-3'],
  ['sqrt', '1', '.259/.103 .129/3.4e-2 6.47e-2/1.5e-2 3.24e-2/7.9e-3'],
  ['sin', '2', '.997/.404 .997/.404 .687/.177 .339/9.3e-2'],
  ['abs', '2', '.500/.122 .250/9.4e-2 .139/5.0e-2 6.25e-2/2.4e-2'],
  ['sqrt', '2', '.586/.157 .414/7.5e-2 .293/3.9e-2 .207/2.3e-2'],
]

describe.each(TABLE)('%s, d = %s', (name, d, printed) => {
  const { targets } = approximate(name, '--d', d, '--r', '4,16,64,256', '--form', 'counter', '--out', `${name}${d}`)
  const [found] = targets[0]?.forms ?? []

  test('the errors are those of the table', () => {
    expect(found?.errors.map(({ r }) => r)).toEqual([4, 16, 64, 256])
    for (const [i, pair] of printed.split(' ').entries()) {
      const [sup, mean] = pair.split('/') as [string, string]
      expectPrinted(found?.errors[i]?.sup as number, sup)
      expectPrinted(found?.errors[i]?.mean as number, mean)
    }
  })

  test('they are below the bound of the theorem', () => {
    for (const { sup, bound } of found?.errors ?? []) expect(sup).toBeLessThanOrEqual(bound as number)
  })
})

test('d = 3: errors as published with the construction, of the order of the theorem', () => {
  const { targets } = approximate('sqrt', '--d', '3', '--r', '64,512', '--form', 'counter', '--out', 'three')
  const [found] = targets[0]?.forms ?? []
  expectPrinted(found?.errors[0]?.sup as number, '.535')
  expectPrinted(found?.errors[1]?.sup as number, '.378')
  expect(found?.order).toBeCloseTo(1 / 6, 4)
  expect(found?.theory).toBe(1 / 6)
})

describe('the figure of one name', () => {
  const { targets, sizes, speed, files } = approximate('sin', '--r', '64,4,16', '--out', 'figure')

  test('all files are written, and hold what --json prints', () => {
    const names = ['figure.svg', 'approximate.json', 'errors.csv', 'values.csv']
    expect(files).toEqual(names.map((name) => join('figure', name)))
    expect(JSON.parse(text('figure/approximate.json'))).toMatchObject({ targets, sizes, speed: null })
    expect(speed).toBe(null)
  })

  test('errors.csv has a row for every network', () => {
    const table = parseTable(text('figure/errors.csv'), 'errors.csv')
    const rows = targets.flatMap(({ forms }) => forms.flatMap(({ errors }) => errors))
    expect([...numberColumn(table, 'sup')]).toEqual(rows.map(({ sup }) => sup))
    expect(table.columns.get('form')?.filter((form) => form === 'counter')).toHaveLength(9)
    // The smooth form needs two nodes an axis: for d = 3 it begins at r = 8.
    expect(targets.map(({ forms }) => forms.map(({ errors }) => errors.map(({ r }) => r)))).toEqual([
      [
        [4, 16, 64],
        [4, 16, 64],
      ],
      [
        [4, 16, 64],
        [4, 16, 64],
      ],
      [
        [4, 16, 64],
        [16, 64],
      ],
    ])
  })

  test('the smooth form keeps its promise, of twice the order', () => {
    for (const { d, forms } of targets) {
      expect(forms[1]?.theory).toBeCloseTo((2 * (forms[0]?.theory as number)) as number, 15)
      expect(forms[0]?.theory).toBe(1 / d)
      for (const { sup, smoothBound } of forms[1]?.errors ?? []) expect(sup).toBeLessThanOrEqual(smoothBound as number)
    }
  })

  test('values.csv holds the target along a line and on a grid', () => {
    const table = parseTable(text('figure/values.csv'), 'values.csv')
    const [forms, formulas] = [table.columns.get('form') ?? [], table.columns.get('formula') ?? []]
    const [x, y, value] = ['x', 'y', 'value'].map((name) => numberColumn(table, name, { missing: true }))
    const wanted = forms.flatMap((form, i) => {
      if (form !== 'target') return []
      const [u, v] = [2 * Math.PI * (x?.[i] as number), Math.PI * (y?.[i] as number)]
      return [[value?.[i], formulas[i] === 'sin 2πx' ? Math.sin(u) : Math.sin(u) * Math.cos(v)]]
    })
    expect(wanted.length).toBeGreaterThan(1000)
    for (const [found, right] of wanted) expect(found).toBeCloseTo(right as number, 14)
  })

  test('the sizes are those of docs/theory.md', () => {
    const parameters = (network: string): number[] =>
      sizes.filter((size) => size.network === network).map((size) => size.parameters)
    expect(parameters('paper, L^p')).toEqual([57691, 144909, 271595])
    expect(parameters('counter')).toEqual([159, 353, 623])
    expect(parameters('universal')).toEqual([187, 669, 1141])
    expect(parameters('smooth')).toEqual([371, 5439, 11367])
    const sup = sizes.filter(({ network }) => network === 'paper, sup')
    expect(sup.map(({ width, depth, state }) => [width, depth, state])).toEqual([
      [4 ** 6, 5, 26],
      [2 * 4 ** 7, 7, 125],
      [3 * 4 ** 8, 9, 512],
    ])
  })

  test('a panel for every view, a map for every r', () => {
    const svg = parseXml(text('figure/figure.svg'))
    const titles = findAll(svg, 'text').filter(({ attributes }) => attributes.get('class') === 'head')
    expect(titles.map(textOf)).toEqual([
      'sin 2πx, counter, 4 levels',
      expect.stringMatching(/^The same, x from [\d.]+ to [\d.]+$/),
      'sin 2πx cos πy',
      ...['counter, 4 levels, r = 4', 'counter, 4 levels, r = 16', 'counter, 4 levels, r = 64'],
      ...['d = 1: sin 2πx', 'd = 2: sin 2πx cos πy', 'd = 3: sin(x + 2y + 3z)', 'Parameters of g'],
    ])
  })
})

test('a batch of 4000 points through 4096 compositions is timed, and the table is printed', () => {
  const { code, stdout } = folder.run('approximate', 'abs', '--d', '2', '--r', '4096', '--form', 'counter')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^sup error, d = 2 +r = 4096 +order +theory\n\|x − 1\/3\| \+ ½\|y − 2\/3\|, counter +0\.0156 /)
  expect(stdout).toMatch(/^4000 points through 4096 compositions, d = 2: [\d.]+ s/m)
  const { speed } = JSON.parse(text('relode-approximate-abs/approximate.json')) as Document
  expect(speed).toMatchObject({ d: 2, r: 4096, points: 4000 })
  // By the processor's time, since a test may share its machine.
  expect(speed?.cpuSeconds).toBeLessThan(2)
})

test('the target of the paper, and the constant of its bound', () => {
  const { targets } = approximate('paper', '--r', '4', '--form', 'counter', '--out', 'paper')
  const table = parseTable(text('paper/values.csv'), 'values.csv')
  const [x, y, value] = ['x', 'y', 'value'].map((name) => numberColumn(table, name)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  // Zhang, Lu and Zhao 2023, section 4.1, in matrices as printed there.
  const pi = Math.PI
  const [a, b] = [
    [0.3, 0.2, 0.2, 0.3],
    [2 * pi, 4 * pi],
  ] as const
  const [c, d] = [
    [2 * pi, 4 * pi, 8 * pi, 4 * pi],
    [4 * pi, 6 * pi, 8 * pi, 6 * pi],
  ] as const
  const f = (...x: [number, number]): number =>
    [0, 1, 2, 3].reduce((sum, k) => {
      const [i, j] = [Math.floor(k / 2) as 0 | 1, (k % 2) as 0 | 1]
      const [ck, dk] = [c[k] as number, d[k] as number]
      const wave = Math.sin(b[i] * x[i] + ck * x[i] * x[j]) * Math.cos(b[j] * x[j] + dk * x[i] ** 2)
      return sum + (a[k] as number) * wave
    }, 0)
  const count = table.columns.get('form')?.lastIndexOf('target') as number
  for (let i = 0; i <= count; i++) expect(value[i]).toBeCloseTo(f(x[i] as number, y[i] as number), 12)
  const { bound = null } = targets[0]?.forms[0]?.errors[0] ?? {}
  const slope = (bound as number) / (Math.SQRT2 / 2 + 1 / 4)
  for (let i = 0; i < count; i++) {
    if (y[i] === y[i + 1]) expect(Math.abs((value[i + 1] as number) - (value[i] as number))).toBeLessThan(slope / 44)
  }
  expect(slope).toBeLessThan(50)
})

test('a function of a module, with its bound', () => {
  const file = folder.write('bump.mjs', 'export default ([x, y]) => Math.max(0, 1 - Math.hypot(x, y))\n')
  const args = ['--module', file, '--d', '2', '--r', '16,64', '--form', 'counter', '--out', 'own']
  const [known] = approximate(...args, '--lipschitz', '1').targets
  expect(known).toMatchObject({ name: 'bump.mjs', d: 2 })
  for (const { sup, bound } of known?.forms[0]?.errors ?? []) expect(sup).toBeLessThanOrEqual(bound as number)
  const [unknown] = approximate(...args).targets
  expect(unknown?.forms[0]?.errors.map(({ bound }) => bound)).toEqual([null, null])
})

test('Ctrl-C ends it with 130, and nothing is written', async () => {
  // From its first line on it listens.
  const ended = await folder.interrupt(['approximate', '--out', 'stopped'], 'SIGINT', ({ stderr }) => stderr !== '')
  expect(ended).toMatchObject({ code: 130, stdout: '' })
  expect(ended.stderr).toMatch(/^relode: interrupted, nothing is written$/m)
  expect(existsSync(join(folder.path, 'stopped/figure.svg'))).toBe(false)
})

test('--help lists targets, forms and examples', () => {
  const { code, stdout } = folder.run('approximate', '--help')
  expect(code).toBe(0)
  for (const part of ['sin, abs, sqrt, paper', 'counter, carrier, universal', '--d 3   √(x + y + z)', 'Examples:'])
    expect(stdout).toContain(part)
})

describe('misuse', () => {
  const complaint = (...args: string[]): string => {
    const { code, stdout, stderr } = folder.run('approximate', ...args, '--out', 'out')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(existsSync(join(folder.path, 'out'))).toBe(false)
    expect(stderr).toMatch(/^relode: [^\n]*\n$/)
    return stderr.slice('relode: '.length, -1)
  }
  const module = (code: string): string => folder.write('own.mjs', code)

  test.each([
    [['cos'], "[target] must be one of sin, abs, sqrt, paper, got 'cos'"],
    [['paper', '--d', '3'], "'paper' is there for --d 2, got 3"],
    [['--d', '4'], "--d must be an integer from 1 to 3, got '4'"],
    [['--r', '4,0'], "--r must be an integer from 1 to 65536, got '0'"],
    [['--form', 'round'], "--form must be one of counter, carrier, universal, interpolating, smooth, got 'round'"],
    [['--levels', '2'], '--levels must be an integer from 3 to 256 for --form smooth, got 2'],
    [['abs', '--d', '2', '--form', 'interpolating'], '--form interpolating is for --d 1 only'],
    [['abs', '--form', 'interpolating'], '--form interpolating is for --d 1 only, and the first form is drawn'],
    [['sin', '--d', '3', '--r', '4'], '--r must go up to 8 at least for --form smooth, d = 3, got 4'],
    [['sin', '--lipschitz', '1'], '--lipschitz is for --module: the named targets know their constants'],
    [['--module', 'own.mjs'], '--module needs --d, the dimension of its function'],
    [['sin', '--module', 'own.mjs', '--d', '1'], "--module gives the target: leave 'sin' out"],
    [['--module', 'none.mjs', '--d', '1'], 'cannot read none.mjs: there is no such file'],
  ])('%j', (args, message) => {
    expect(complaint(...args)).toBe(message)
  })

  test.each([
    ['export const f = 1', 'own.mjs: the default export must be a function of an array of 1 numbers, got undefined'],
    ['export default (', 'cannot load own.mjs: Unexpected end of input'],
  ])('a module that holds %s', (code, message) => {
    expect(complaint('--module', module(code), '--d', '1')).toBe(message)
  })

  test.each([
    ['([x]) => 1 / (x - 0.5)', 'own.mjs: f([0.5]) must be a finite number, got Infinity'],
    ["() => '1'", 'own.mjs: f([0]) must be a finite number, got 1'],
    ["() => { throw new Error('no') }", 'own.mjs: f([0]) throws: no'],
  ])('a function that is %s', (f, message) => {
    const args = ['--module', module(`export default ${f}`), '--d', '1', '--out', 'bad']
    const { code, stderr } = folder.run('approximate', ...args)
    expect({ code, stderr: stderr.split('\n').at(-2) }).toEqual({ code: 1, stderr: `relode: ${message}` })
    expect(existsSync(join(folder.path, 'bad/figure.svg'))).toBe(false)
  })
})
