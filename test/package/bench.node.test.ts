// `npm run bench` without any peer, as far as it depends on no clock: it runs, its contestants agree, and its options are checked.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const script = fileURLToPath(new URL('../../bench/workloads.mjs', import.meta.url))
const run = (...args: string[]): string =>
  execFileSync(process.execPath, [script, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

test('a quick run without peers gives every case its figures', () => {
  const { workloads, notes } = JSON.parse(run('--quick', '--no-peers', '--only', 'w1,w3,w8', '--json'))
  expect(notes).toEqual([])
  const rows = workloads.flatMap(
    ({ cases }: { cases: { id: string; rows: { name: string; us: { median: number } }[] }[] }) =>
      cases.map(({ id, rows: [own] }) => [id, own?.name, (own?.us.median ?? 0) > 0]),
  )
  expect(rows).toEqual(['w1-tanh', 'w1-relu', 'w3', 'w8'].map((id) => [id, 'relode', true]))
})

test('help, and options that cannot be', () => {
  expect(run('--help')).toContain('--only w1,w3')
  expect(() => run('--only', 'w9')).toThrow(/--only must name .*, got w9/)
  expect(() => run('--write', '--quick')).toThrow(/--write is of a full run/)
})
