// README, docs and the other papers: links and anchors lead somewhere, the files they name exist, their tables are complete.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { activationIds } from '../../src/program/builder.ts'
import { tableaus } from '../../src/tableaus/all.ts'
import { compile } from '../../src/tableaus/tableau.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** All papers of the repository, what is installed or made left out. */
function papersIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return /^(node_modules|build|dist|\..*)$/.test(entry.name) ? [] : papersIn(path)
    return entry.name.endsWith('.md') ? [path] : []
  })
}

const papers = papersIn('')

/** The text without its blocks of code. */
const proseOf = (text: string): string => text.replace(/^```[\s\S]*?^```/gm, '')

/** The anchors GitHub gives to headings. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>()
  for (const [, heading] of proseOf(text).matchAll(/^#{1,6}\s+(.*)$/gm)) {
    const plain = (heading as string).replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const slug = plain
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-')
    let anchor = slug
    for (let i = 1; anchors.has(anchor); i++) anchor = `${slug}-${i}`
    anchors.add(anchor)
  }
  return anchors
}

function brokenLinks(paper: string): string[] {
  const text = read(paper)
  const links = [...proseOf(text).matchAll(/\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"/g)].map(
    (m) => (m[1] ?? m[2]) as string,
  )
  return links
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [path, anchor] = link.split('#') as [string, string | undefined]
      const target = path === '' ? paper : join(dirname(paper), path)
      if (!existsSync(join(root, target))) return true
      return anchor !== undefined && !anchorsOf(read(target)).has(anchor)
    })
}

test('there are papers', () => {
  expect(papers).toEqual(
    expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', join('docs', 'tour.md')]),
  )
})

describe.each(papers)('%s', (paper) => {
  test('links and anchors resolve', () => expect(brokenLinks(paper)).toEqual([]))

  test('the files it names exist', () => {
    const named = [
      ...proseOf(read(paper)).matchAll(/`((?:src|assembly|test|scripts|docs|examples|bench)\/[\w./-]*\w\/?)`/g),
    ]
    const paths = named.map((match) => match[1] as string)
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })
})

/** The rows of the table whose first column has this name, without head and rule. */
function tableOf(text: string, name: string): string[][] {
  const lines = text.slice(text.indexOf(`\n| ${name} |`) + 1).split('\n')
  const end = lines.findIndex((line) => !line.startsWith('|'))
  return lines.slice(2, end).map((line) =>
    line
      .split('|')
      .map((cell) => cell.trim().replaceAll('`', ''))
      .slice(1, -1),
  )
}

describe('README', () => {
  test('lists every solver with its orders and its cost', () => {
    const wanted = Object.values(tableaus).map((tableau) => {
      const { name, order, denseOrder, stages, denseStages, endStage, fsal, adaptive } = compile(tableau)
      // An extra stage at the new point is the next step's first.
      const more = denseStages - stages - (endStage === stages ? 1 : 0)
      const counts = [order, denseOrder, fsal ? stages - 1 : stages, more].map(String)
      return [name, ...counts, adaptive ? 'yes' : 'no']
    })
    const listed = tableOf(read('README.md'), 'solver').map((row) => row.slice(0, 6))
    expect(listed.sort()).toEqual(wanted.sort())
  })

  test('lists every activation', () => {
    const listed = tableOf(read('README.md'), 'activation').map(([name]) => name)
    expect(listed.sort()).toEqual(Object.keys(activationIds).sort())
  })
})

test('docs/choosing-a-solver.md has every method, with its orders, and every status', () => {
  const text = read('docs/choosing-a-solver.md')
  const listed = tableOf(text, 'method').flatMap(([names, ...rest]) =>
    (names as string).split(', ').map((name) => [name, ...rest.slice(0, 3)]),
  )
  const wanted = Object.values(tableaus).map((tableau) => {
    const { name, order, stages, denseOrder } = compile(tableau)
    return [name, order, stages, denseOrder].map(String)
  })
  expect(listed.filter(([name]) => name !== 'rodas4').sort()).toEqual(wanted.sort())
  const statuses = tableOf(read('docs/numerics.md'), 'status').flatMap(([names]) => (names as string).split(', '))
  const anchors = anchorsOf(text)
  expect(statuses.length).toBeGreaterThan(6)
  expect(statuses.filter((status) => !anchors.has(status.replaceAll(' ', '-')))).toEqual([])
})

test('docs/loading.md names every entry of the package', () => {
  const { exports } = JSON.parse(read('package.json')) as { exports: Record<string, unknown> }
  const text = read('docs/loading.md')
  const entries = Object.keys(exports).map((entry) => entry.replace(/^\./, 'relode'))
  expect(entries.filter((entry) => !text.includes(`\`${entry}\``))).toEqual([])
})

test('docs/numerics.md has the errors that test/kernels/math.test.ts enforces', () => {
  const enforced = read('test/kernels/math.test.ts').matchAll(
    /^ {2}(\w+): \{\n {4}truth: .*\n {4}ulp: \{ 32: ([\d.]+), 64: ([\d.]+) \}/gm,
  )
  expect(tableOf(read('docs/numerics.md'), 'function')).toEqual([...enforced].map((match) => match.slice(1)))
})

test('anchors are those of GitHub', () => {
  const text =
    '# A tour of `src/`\n\n```sh\n# no heading\n```\n\n## Why text, and not base64\n## Why text, and not base64\n'
  expect([...anchorsOf(text)]).toEqual(['a-tour-of-src', 'why-text-and-not-base64', 'why-text-and-not-base64-1'])
})

test('the errors that README gives are those in its figure', () => {
  const text = read('README.md')
  const caption = text.slice(text.indexOf('](examples/lynx-hare/figure.svg)'), text.indexOf('```sh'))
  const errors = caption.match(/\d\.\d+/g) ?? []
  const figure = read('examples/lynx-hare/figure.svg').replace(/<[^>]*>/g, ' ')
  expect(errors).toHaveLength(4)
  expect(errors.filter((error) => !figure.includes(error))).toEqual([])
})
