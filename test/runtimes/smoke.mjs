// The packed tarball, installed in a fresh project, in every runtime at hand: the same training run must give the same
// bits everywhere, and those of test/golden/digest.json. `npm run test:runtimes [-- --update]`
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packAndInstall } from '../support/packed.ts'
import { commands, runCommand } from './commands.mjs'
import { runPages } from './pages.mjs'
import { runWorkerd } from './workerd.mjs'

const PROGRAMS = ['digest.mjs', 'measure.mjs', 'run.mjs', 'page.mjs', 'worker.mjs']
const golden = fileURLToPath(new URL('../golden/digest.json', import.meta.url))
const report = fileURLToPath(new URL('../../build/runtimes.json', import.meta.url))

/** One row per runtime; one that breaks is a row with an error and does not hide the others. */
async function runAll(project) {
  for (const file of PROGRAMS) await copyFile(new URL(file, import.meta.url), join(project, file))
  const row = (runtime, result) => result.catch((error) => ({ runtime, error: error.stderr || error.message }))
  const rows = []
  // One after the other, or the times would measure each other.
  for (const command of commands()) rows.push(await row(command[0], runCommand(command, project)))
  rows.push(await row('workerd', runWorkerd(project)))
  rows.push(await row('Chromium', runPages(project)))
  return rows.flat()
}

function print(rows) {
  const width = (key) => Math.max(...rows.map((row) => String(row[key] ?? '').length), key.length) + 2
  const columns = ['runtime', 'f32', 'f64', 'pool', 'workers']
  console.log(`${columns.map((key) => key.padEnd(width(key))).join('')}import -> first result`)
  for (const row of rows) {
    const cells = columns.map((key) => String(row[key] ?? '').padEnd(width(key))).join('')
    console.log(`${cells}${row.error ?? `${row.ms.toFixed(1).padStart(8)} ms`}${row.ok ? '' : '  <- FAILED'}`)
  }
}

const packed = packAndInstall()
try {
  const rows = await runAll(packed.project)
  if (process.argv.includes('--update')) {
    const { f32, f64, pool } = rows[0]
    await writeFile(golden, `${JSON.stringify({ f32, f64, pool }, null, 2)}\n`)
  }
  const expected = JSON.parse(await readFile(golden, 'utf8'))
  for (const row of rows) {
    // workerd has no workers, and does it all in one thread.
    const workers = row.runtime === 'workerd' ? 0 : 2
    row.ok = ['f32', 'f64', 'pool'].every((key) => row[key] === expected[key]) && row.workers === workers
  }
  await mkdir(new URL('.', `file://${report}`), { recursive: true })
  await writeFile(report, JSON.stringify(rows))
  print(rows)
  if (rows.some((row) => !row.ok)) {
    const { f32, f64, pool } = expected
    console.error(
      `expected f32 ${f32}, f64 ${f64}, pool ${pool} (test/golden/digest.json), and two workers where there are any`,
    )
    process.exitCode = 1
  }
} finally {
  packed.remove()
}
