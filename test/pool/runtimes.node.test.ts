// One program in every runtime that is a command here: the same bits, and it ends by itself.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const path = (to: string): string => fileURLToPath(new URL(`../../${to}`, import.meta.url))
const program = path('test/pool/program.mjs')

/** What the program printed. */
function run(command: string, ...args: string[]): { threads: number; note?: string; numbers: number[] } {
  const { status, stdout, stderr } = spawnSync(command, [...args, program], { encoding: 'utf8', timeout: 100_000 })
  if (status !== 0 || stderr !== '') throw new Error(`${command} ended with ${status}:\n${stdout}${stderr}`)
  return JSON.parse(stdout)
}

const expected = run(process.execPath)

test('Node', () => {
  expect([expected.threads, expected.note, expected.numbers.every(Number.isFinite)]).toEqual([2, undefined, true])
  const other = process.env['npm_node_execpath']
  if (other !== undefined) expect(run(other)).toEqual(expected)
  // Flags that would be wrong for the file of a worker.
  expect(run(process.execPath, '--conditions=browser')).toEqual(expected)
})

test('Deno, which must be allowed to read the script of the workers', () => {
  const deno = path('node_modules/.bin/deno')
  expect(run(deno, 'run', '--no-prompt', '--allow-read')).toEqual(expected)
  const { numbers, threads, note } = run(deno, 'run', '--no-prompt')
  expect([numbers, threads]).toEqual([expected.numbers, 0])
  expect(note).toMatch(/no workers: all is done in one thread, because .*--allow-read/)
})

test('Bun', () => {
  expect(run(path('node_modules/.bin/bun'), 'run')).toEqual(expected)
})
