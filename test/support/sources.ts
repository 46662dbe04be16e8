// Reading the house's own sources: a few regular expressions instead of a parser, because no parser takes both
// TypeScript and AssemblyScript's function decorators. Node only.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Source {
  /** Path from the root of the repository, with forward slashes. */
  readonly path: string
  readonly lines: number
  /** The text without comments, literals kept. */
  readonly code: string
  /** The text without comments and with every literal emptied: what is left is syntax. */
  readonly syntax: string
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const COMMENT = /\/\/.*|\/\*[\s\S]*?\*\//
const TEXT = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/
// A slash opens a regular expression only where no operand can stand before it.
const REGEXP = /(?<=[(,=:[!&|?{};]\s*)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/
const TOKEN = new RegExp([COMMENT, TEXT, REGEXP].map(({ source }) => `(${source})`).join('|'), 'g')

/** Every source below a folder of the repository (`src`), generated files and declarations left out. */
export function readSources(...folders: string[]): Source[] {
  const written = /\.(ts|mjs)$/
  const skip = /(^|\/)(generated|node_modules)\/|\.d\.ts$/
  return folders
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((file) => join(folder, String(file))))
    .map((path) => path.replaceAll(sep, '/'))
    .filter((path) => written.test(path) && !skip.test(path))
    .sort()
    .map((path) => parse(path, readFileSync(join(root, path), 'utf8')))
}

export function parse(path: string, text: string): Source {
  const newlines = (token: string): string => token.replace(/[^\n]/g, '')
  return {
    path,
    lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    code: text.replace(TOKEN, (token, comment?: string) => (comment === undefined ? token : newlines(token))),
    syntax: text.replace(TOKEN, (token, comment?: string) =>
      comment === undefined ? `''${newlines(token)}` : newlines(token),
    ),
  }
}

/** The module specifiers a source imports, re-exports or loads with `import()`. */
export function importsOf(source: Source): string[] {
  const imports = source.code.matchAll(/(?:^|[\s}*])(?:from|import)\s*\(?\s*(['"])([^'"\n]+)\1/g)
  return [...imports].map((match) => match[2] as string)
}

/** The path a relative specifier names; AssemblyScript leaves the `.ts` out. */
export function resolveImport(source: Source, specifier: string): string {
  const path = posix.join(dirname(source.path), specifier)
  return path.includes('.wasm') || path.endsWith('.ts') ? path : `${path}.ts`
}

export interface FunctionSize {
  /** Line (from 1) of the brace that opens the body. */
  readonly line: number
  /** Lines of the body that hold code. */
  readonly length: number
}

/**
 * The block of every function, by its braces: a brace after `)`, after `=>` or after a return type. An `if` or a loop
 * matches as well, which does no harm: it is never longer than the function around it.
 */
export function functionsOf({ syntax }: Source): FunctionSize[] {
  const found: FunctionSize[] = []
  const open: { at: number; isFunction: boolean }[] = []
  for (const { index, 0: brace } of syntax.matchAll(/[{}]/g)) {
    if (brace === '{') {
      const header = syntax.slice(0, index).replace(/[\s\S]*[;{]/, '')
      open.push({ at: index, isFunction: /(?:=>|\)\s*(?::[^=]*)?)\s*$/.test(header) })
      continue
    }
    const block = open.pop()
    if (block === undefined) throw new Error('unbalanced braces: the reader of sources is too simple for this file')
    if (!block.isFunction) continue
    const body = syntax.slice(block.at, index + 1).split('\n')
    const line = syntax.slice(0, block.at).split('\n').length
    found.push({ line, length: body.filter((text) => text.trim() !== '').length })
  }
  return found
}
