// The table of targets: complete, judged as it says, and in step with the run of record.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
// @ts-expect-error: a script of the bench has no types
import { DOCUMENTS, RECORD, sectionsOf } from '../../bench/harness/record.mjs'
// @ts-expect-error: a script of the bench has no types
import { digits, targetTable } from '../../bench/harness/table.mjs'
// @ts-expect-error: a script of the bench has no types
import { sectionOf, withSection } from '../../bench/harness/write.mjs'
// @ts-expect-error: a script of the bench has no types
import { boundOf, judged, TARGETS } from '../../bench/targets.mjs'
// @ts-expect-error: a script of the bench has no types
import { dataOf, fieldsOf, TASKS, workOf } from '../../bench/workloads/tasks.mjs'

type Target = { row: string; case: string; text: string; met?: boolean; value?: number }

test('every row has targets, and none stands twice', () => {
  const rows = new Set(TARGETS.map(({ row }: Target) => row))
  expect([...rows]).toEqual(['W1', 'W2', 'W3', 'W4', 'W5', 'W6', 'W7', 'W8', 'evaluation', 'start'])
  const words = TARGETS.map(({ row, text }: Target) => `${row}: ${text}`)
  expect(new Set(words).size).toBe(words.length)
})

test('every target is of a case of some task', () => {
  const known = new Set([...Object.keys(TASKS), 'w6', 'evaluation', 'start'])
  expect(TARGETS.filter((target: Target) => !known.has(target.case))).toEqual([])
  // And every task has one.
  const asked = new Set(TARGETS.flatMap((target: Target) => [target.case, ...fieldsOf(target.case)]))
  expect(Object.keys(TASKS).filter((id) => !asked.has(id))).toEqual([])
})

test('work is that of the products', () => {
  // spec: 4.03 GFLOP forward, 12.08 with the gradient.
  expect(workOf(TASKS['w4-forward'])).toBe(4 * 20 * 2 * 256 * (64 * 256 + 256 * 256 + 256 * 64))
  expect(workOf(TASKS['w4-gradient'])).toBe(3 * workOf(TASKS['w4-forward']))
  expect(workOf(TASKS['w5-256'])).toBe(2 * 256 ** 3)
})

test('a solve and its gradient have the same parameters and inputs', () => {
  const [solve, gradient] = [dataOf(TASKS['w1-relu']), dataOf(TASKS['w2-relu'])]
  expect(solve.params).toEqual(gradient.params)
  expect(solve.x).toEqual(gradient.x)
  expect(solve.params).toHaveLength(2 * 50 + 50 + 50 * 2 + 2)
  expect(gradient.target).toHaveLength(10 * 20 * 2)
})

const ratio = (ours: string, other: string, median: number): object => ({
  ours,
  other,
  low: median / 2,
  median,
  high: median * 2,
})
const found = (text: string, cases: object[]): Target =>
  judged(cases).find((target: Target) => target.text === text) as Target

test('a target is met, missed, stated or not measured', () => {
  const w1 = { id: 'w1-tanh', ratios: [ratio('relode', 'torchdiffeq', 120), ratio('relode', 'C in wasm', 0.5)] }
  expect(found('tanh, torchdiffeq', [w1])).toMatchObject({ value: 120, met: true })
  // Half the time of relode: twice the time over it, and its quartiles the other way round.
  const overC = found('tanh, time over that of C compiled to wasm', [w1])
  expect(overC).toMatchObject({ low: 1, value: 2, high: 4, met: false })
  expect(found('tanh, jitted JAX', [w1])).not.toHaveProperty('met')
  const w4 = { id: 'w4-forward', ratios: [ratio('relode', 'PyTorch', 0.4), ratio('relode', 'in-wasm peak', 0.95)] }
  expect(found('forward, PyTorch (AVX-512)', [w4])).toMatchObject({ value: 0.4 })
  expect(found('forward, PyTorch (AVX-512)', [w4])).not.toHaveProperty('met')
  expect(found('forward, share of the in-wasm peak, strict', [w4])).toMatchObject({ met: true })
})

test('of several peers the fastest counts, and a figure is found by its name', () => {
  const w5 = {
    id: 'w5-1x64',
    ratios: [ratio('relode', 'JAX', 9), ratio('relode', 'NumPy', 7), ratio('relode', 'C', 1)],
  }
  expect(found('1×64×64, the fastest peer, through the API', [w5])).toMatchObject({ value: 7, met: false })
  const start = { id: 'start', ratios: [], figures: [{ name: 'Bun', low: 8, median: 9, high: 10 }] }
  expect(found('import → first result in Bun, ms', [start])).toMatchObject({ value: 9, met: true })
})

test('bounds and numbers in words', () => {
  const bound = (text: string): string => boundOf(TARGETS.find((target: Target) => target.text === text))
  expect(bound('relu, torchdiffeq adjoint')).toBe('≥ 10000×')
  expect(bound('forward, share of the in-wasm peak, strict')).toBe('≥ 90 %')
  expect(bound('overhead of an op, ns')).toBe('≤ 10')
  expect(bound('forward, PyTorch (AVX-512)')).toBe('stated')
  expect([0.23456, 9.999, 12.34, 123.4, 99999, 0].map(digits)).toEqual(['0.235', '10.0', '12.3', '123', '100000', '0'])
  expect(targetTable([]).split('\n')).toHaveLength(2 + TARGETS.length)
})

test('a section is replaced between its markers, and nothing else', () => {
  const file = 'before\n<!-- x: written by npm run bench -->\nold\n<!-- end of x -->\nafter\n'
  const next = withSection(file, 'x', 'new\n')
  expect(sectionOf(next, 'x')).toBe('new')
  expect(next.startsWith('before\n')).toBe(true)
  expect(next.endsWith('\nafter\n')).toBe(true)
  expect(() => withSection(file, 'y', 'new')).toThrow('<!-- y: written by npm run bench -->')
})

test.runIf(existsSync(RECORD))('the documents are those of the run of record', async () => {
  const result = JSON.parse(await readFile(RECORD, 'utf8'))
  for (const [name, text] of Object.entries(sectionsOf(result) as Record<string, string>))
    expect(sectionOf(await readFile(DOCUMENTS[name], 'utf8'), name)).toBe(text.trim())
})
