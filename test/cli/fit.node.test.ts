import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { NeuralODE, odeint } from '../../src/index.ts'
import { formatTable, numberColumn, parseTable } from '../../src/io/csv.ts'
import { findAll, parseXml, textOf } from '../plot/xml.ts'
import { Folder, LYNX_HARE, OUTPUTS, oscillation } from './run.ts'

const folder = new Folder()
afterAll(() => folder.remove())

interface Document {
  readonly rmse: Record<string, { readonly columns: Record<string, number | null>; readonly all: number | null }>
  readonly lotkaVolterra: Record<string, unknown>[]
  readonly nfe: number
  readonly files: Record<string, string>
}

/** Runs a small fit; the JSON it prints. */
function fit(file: string, out: string, ...options: string[]): Document {
  const small = ['--epochs', '20', '--hidden', '8', '--out', out, '--json', '--force']
  const { code, stdout, stderr } = folder.run('fit', file, ...small, ...options)
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('relode:') })
  return JSON.parse(stdout) as Document
}

function trajectory(out: string): (name: string) => Float64Array {
  const table = parseTable(folder.read(join(out, 'trajectory.csv')).toString(), 'trajectory.csv')
  return (name) => numberColumn(table, name, { missing: true })
}

function rmseOf(
  found: Float64Array,
  seen: Float64Array,
  keep: (i: number) => boolean,
  scale: (x: number) => number,
): number {
  const squares = [...seen].flatMap((value, i) =>
    Number.isNaN(value) || !keep(i) ? [] : [(scale(found[i] as number) - scale(value)) ** 2],
  )
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length)
}

const lynxHare = ['--time', 'year', '--state', 'hare,lynx', '--log']
const all = [...lynxHare, '--holdout', '1915', '--baseline', 'lotka-volterra']

describe('the record of lynx and hare', () => {
  const document = fit(LYNX_HARE, 'lynx', ...all)
  const column = trajectory('lynx')

  test('errors are those of the trajectory that is written', () => {
    const [year, hare] = [column('year'), column('hare_observed')]
    const error = (name: string, late: boolean): number =>
      rmseOf(column(name), hare, (i) => !late || (year[i] as number) > 1915, Math.log)
    const found = Object.fromEntries(
      Object.entries(document.rmse).map(([name, { columns }]) => [name, columns['hare']]),
    )
    expect(found['fit']).toBeCloseTo(error('hare', false), 12)
    expect(found['baseline']).toBeCloseTo(error('hare_lotka_volterra', false), 12)
    expect(found['forecast']).toBeCloseTo(error('hare_until_1915', true), 12)
    expect(found['baselineForecast']).toBeCloseTo(error('hare_lotka_volterra_until_1915', true), 12)
    const { all: total, columns } = document.rmse['fit'] as Document['rmse'][string]
    expect(total).toBeCloseTo(Math.sqrt(((columns['hare'] as number) ** 2 + (columns['lynx'] as number) ** 2) / 2), 12)
  })

  test('the grid is dense and holds every observation', () => {
    const year = column('year')
    expect(year.length).toBe(401)
    const at = [...column('lynx_observed')].flatMap((value, i) => (Number.isNaN(value) ? [] : [[year[i], value]]))
    expect(at.length).toBe(21)
    expect(at[3]).toEqual([1903, 35.2])
  })

  test('the model file is a NeuralODE whose solution is the trajectory', () => {
    const bytes = folder.read('lynx/model.safetensors')
    const node = NeuralODE.from(bytes)
    const header = bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString()
    const { columns, series } = JSON.parse(JSON.parse(header).__metadata__['relode-series'])
    const { ys } = node.solve(Float64Array.from(series[0].initial), [0, 0.05, 3.25])
    const hare = ys.map((y) => Math.exp((y[0] as number) * columns[0].sd + columns[0].mean))
    const [first, second, third] = hare as [number, number, number]
    expect(first).toBeCloseTo(column('hare')[0] as number, 10)
    expect(second).toBeCloseTo(column('hare')[1] as number, 10)
    expect(third).toBeCloseTo(column('hare')[65] as number, 10)
  })

  test('the figure is well-formed and tells the numbers', () => {
    const svg = parseXml(folder.read('lynx/figure.svg').toString())
    const texts = findAll(svg, 'text').map(textOf)
    const { fit: network, baseline, forecast } = document.rmse
    const short = (value: number | null | undefined): string => (value as number).toPrecision(3)
    expect(texts.join('\n')).toContain(`an RMSE of ${short(network?.all)}; Lotka–Volterra: ${short(baseline?.all)}`)
    expect(texts.join('\n')).toContain(`the forecast has an RMSE of ${short(forecast?.all)}`)
    for (const text of ['The whole record', 'The learned field', 'year', 'hare', 'lynx', 'not seen by the fit']) {
      expect(texts).toContain(text)
    }
  })

  test('the same command gives the same bytes; progress goes to stderr, a table and the files to stdout', () => {
    const options = [...all, '--epochs', '20', '--hidden', '8', '--out', 'again']
    const { code, stdout, stderr } = folder.run('fit', LYNX_HARE, ...options)
    expect(code).toBe(0)
    expect(stderr).toMatch(/^1\/4 {2}epoch 1\/20 {2}loss \S+ {2}NFE \d+ {2}network, phase 1\/4\n/)
    expect(stderr).toMatch(/^4\/4 {2}epoch 20\/20 .* 0:00 left {2}lotka-volterra up to 1915, phase \d\/\d\n/m)
    expect(stdout).toMatch(
      /^RMSE \(log units\) +hare +lynx +all\nnetwork +\d\.\d+ +\d\.\d+ +\d\.\d+\nLotka-Volterra +0\.\d+/,
    )
    expect(stdout).toMatch(/^network up to 1915, forecast to 1920 +\d\.\d+/m)
    expect(stdout).toMatch(/wrote\n {2}again\/model.safetensors\n {2}again\/trajectory.csv\n {2}again\/figure.svg\n$/)
    for (const name of OUTPUTS) expect(folder.read(`again/${name}`).equals(folder.read(`lynx/${name}`))).toBe(true)
  })

  test('the forecast knows nothing of what comes later', () => {
    const text = parseTable(folder.read(LYNX_HARE).toString(), 'lynx-hare.csv')
    const year = numberColumn(text, 'year')
    const other = (name: string): [string, Float64Array] => {
      return [name, numberColumn(text, name).map((value, i) => ((year[i] as number) > 1915 ? 2 * value : value))]
    }
    const file = folder.write('other.csv', formatTable([['year', year], other('hare'), other('lynx')]))
    fit(file, 'other', ...all)
    for (const name of ['hare_until_1915', 'lynx_lotka_volterra_until_1915']) {
      expect(trajectory('other')(name)).toEqual(column(name))
      expect(trajectory('other')('hare')).not.toEqual(column('hare'))
    }
  })
})

describe('Lotka-Volterra', () => {
  // U' = 0.7 U - 0.05 U V, V' = 0.02 U V - 0.6 V, seen every half unit.
  const times = Array.from({ length: 41 }, (_, i) => i / 2)
  const { ys } = odeint((_, [u = 0, v = 0]) => [0.7 * u - 0.05 * u * v, 0.02 * u * v - 0.6 * v], [40, 9], times)
  const data = [
    ['t', times],
    ['prey', ys.map((y) => y[0] as number)],
    ['hunter', ys.map((y) => y[1] as number)],
  ] as const
  const truth = { prey: 'prey', predator: 'hunter', until: null }

  test.each([['prey,hunter'], ['hunter,prey']])('finds the coefficients of a known system from %s', (state) => {
    const options = [
      '--time',
      't',
      '--state',
      state,
      '--baseline',
      'lotka-volterra',
      '--epochs',
      '400',
      '--rtol',
      '1e-6',
    ]
    const { lotkaVolterra, rmse } = fit(folder.write('lv.csv', formatTable(data)), 'lv', ...options)
    const near = (value: number): unknown => expect.closeTo(value, value > 0.1 ? 2 : 3)
    const known = { alpha: near(0.7), beta: near(0.05), gamma: near(0.6), delta: near(0.02) }
    expect(lotkaVolterra).toEqual([{ ...truth, ...known }] as never)
    expect(rmse['baseline']?.all).toBeLessThan(0.05)
  })
})

describe('other data', () => {
  test('several series, irregular times, missing values, one series that begins after the holdout', () => {
    const text = [
      'id,t,x,y',
      'a,0,1,0',
      'b,0.1,2,',
      'a,0.7,,1',
      'b,1.3,2.5,1',
      'a,1,1.5,NA',
      'b,1.4,2,2',
      'late,3,1,1',
      'late,4,2,2',
      'a,5,0,0',
    ]
    const file = folder.write('many.csv', `${text.join('\n')}\n`)
    const { rmse } = fit(file, 'many', '--time', 't', '--state', 'x,y', '--series', 'id', '--holdout', '2')
    const lines = folder.read('many/trajectory.csv').toString().trim().split('\n')
    expect(lines[0]).toBe('id,t,x,y,x_until_2,y_until_2,x_observed,y_observed')
    expect(lines.filter((line) => /^b,1\.3,.*,2\.5,1$/.test(line))).toHaveLength(1)
    expect(lines.filter((line) => /^b,0\.1,.*,2,$/.test(line))).toHaveLength(1)
    expect(lines.filter((line) => /^late,[\d.]+,[-\d.e]+,[-\d.e]+,,,/.test(line)).length).toBeGreaterThan(100)
    // Only row a, 5 is left to forecast.
    const column = trajectory('many')
    const at = column('t').indexOf(5)
    expect(rmse['forecast']?.columns['x']).toBeCloseTo(Math.abs(column('x_until_2')[at] as number), 12)
  })

  test.each([
    ['one column', ['--state', 'x']],
    [
      'f32, other solver, loss and activation',
      ['--state', 'x,y', '--dtype', 'f32', '--solver', 'bosh3', '--loss', 'huber', '--activation', 'tanh'],
    ],
    ['as it is', ['--state', 'y,x', '--scale', 'none', '--seed', '3']],
    ['one epoch', ['--state', 'y,x', '--epochs', '1']],
    ['logarithm of one column', ['--state', 'x,z', '--log', 'z']],
    ['three columns, of very different size', ['--state', 'x,y,w', '--holdout', '4']],
  ])('%s', (_, options) => {
    const wide = oscillation(12)
      .split('\n')
      .filter((line) => line !== '')
      .map((line, i) => (i === 0 ? `${line},z,w` : `${line},${1 + i * i},${1000 * i}`))
    const { rmse } = fit(folder.write('wide.csv', wide.join('\n')), 'wide', '--time', 't', ...options)
    for (const error of Object.values(rmse['fit']?.columns ?? {})) expect(error).toBeGreaterThan(0)
    parseXml(folder.read('wide/figure.svg').toString())
    expect(folder.run('info', 'wide').code).toBe(0)
    expect(folder.run('predict', 'wide', '--from', '-1', '--to', '7', '--step', '1').stdout.split('\n')).toHaveLength(
      11,
    )
  })
})

test('help, for the program and for every command', () => {
  const general = folder.run()
  expect(general).toEqual(folder.run('--help'))
  expect(general.code).toBe(0)
  for (const command of ['fit', 'predict', 'info']) {
    expect(general.stdout).toContain(`\n  ${command} `)
    const { code, stdout, stderr } = folder.run(command, '--help')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(new RegExp(`^Usage: relode ${command} [^]*--json[^]*\nExamples:\n  relode ${command} `))
  }
  expect(folder.run('--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})
