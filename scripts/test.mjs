// Everything that can fail, and at the end one plain line of what did. Arguments go to vitest.
import { mkdir, readFile, rm } from 'node:fs/promises'
import { runNode } from './run.mjs'

const VITEST = 'build/vitest.json'
const RUNTIMES = 'build/runtimes.json'

await mkdir('build', { recursive: true })
for (const file of [VITEST, RUNTIMES]) await rm(file, { force: true })

// A step that fails does not stop the next: one run shows all there is to mend.
const run = (script, ...args) =>
  runNode(script, args).then(
    () => true,
    (error) => {
      console.error(error.message)
      return false
    },
  )
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${VITEST}`]
const vitest = await run('node_modules/vitest/vitest.mjs', 'run', ...reporters, ...process.argv.slice(2))
const size = await run('bench/size.mjs', '--check')
await run('test/runtimes/smoke.mjs')

const tests = await readFile(VITEST, 'utf8').then(JSON.parse, () => undefined)
const rows = await readFile(RUNTIMES, 'utf8').then(JSON.parse, () => [{ ok: false }])
const ok = rows.filter((row) => row.ok).length
const passed = (tests?.numPassedTests ?? 0) + Number(size) + ok
// A suite that does not load has no failed test, and an error outside of any test neither; vitest's word counts then.
const failedTests = Math.max(tests?.numFailedTests ?? 0, vitest ? 0 : 1)
const failed = failedTests + Number(!size) + (rows.length - ok)
console.log(`\n${passed} passed, ${failed} failed`)
if (failed > 0) process.exitCode = 1
