// The code in README.md and docs/ is code that runs: every block stands in a file of examples/, and every file is run as a
// user would, importing 'relode' by name. Needs `npm run build` first.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { Checks } from './checks/check.ts'
import { flows } from './checks/flows.ts'
import { solving } from './checks/solving.ts'
import { structured } from './checks/structured.ts'
import { theory } from './checks/theory.ts'
import { training } from './checks/training.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const examples = readdirSync(join(root, 'examples')).filter((file) => /\.(mjs|ts)$/.test(file))
const sources = examples.map((file) => readFileSync(join(root, 'examples', file), 'utf8'))

describe('every block of code stands in a file of examples/', () => {
  const docs = readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md'))
  const papers = ['README.md', ...docs.map((file) => `docs/${file}`)]
  test.each(papers)('%s', (paper) => {
    const blocks = readFileSync(join(root, paper), 'utf8').matchAll(
      /^```(?:js|mjs|ts|javascript|typescript)\n([\s\S]*?)^```/gm,
    )
    const strangers = [...blocks]
      .map((block) => block[1] as string)
      .filter((code) => !sources.some((s) => s.includes(code)))
    expect(strangers).toEqual([])
  })
})

/** What an example printed, number by number; those of `Float64Array(2)` left out. */
function numbersIn(text: string): number[] {
  const plain = text.replace(/\w+Array\(\d+\)/g, '')
  return (plain.match(/(?<![\w.])-?\d+(\.\d+)?(e[+-]?\d+)?(?!\w)/g) ?? []).map(Number)
}

/** Milliseconds after which an example hangs: less than a test has, and far more than any takes. */
const TIME = 100_000

const run = (...args: string[]): string => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', timeout: TIME })
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`)
  return stdout
}

/** What must be true of the output. */
const CHECKS: Checks = { ...flows, ...solving, ...structured, ...theory, ...training }

describe('examples', () => {
  // A worker exports its answer instead of printing it.
  const workers = ['edge.mjs']

  test('every example has a check', () => {
    expect([...Object.keys(CHECKS), ...workers].sort()).toEqual(examples.sort())
  })

  test.each(Object.entries(CHECKS))('%s', (file, check) => {
    const text = run(join('examples', file))
    check(numbersIn(text), text)
  })

  test.each(workers)('%s answers', (file) => {
    const worker = JSON.stringify(pathToFileURL(join(root, 'examples', file)).href)
    const ask = `import worker from ${worker}
      console.log(await (await worker.fetch(new Request('http://localhost/?x=1,0'))).text())`
    const answer: unknown = JSON.parse(run('--input-type=module', '--eval', ask))
    expect(answer).toEqual([expect.any(Number), expect.any(Number)])
  })
})
