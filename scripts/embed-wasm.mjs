// build/core.*.wasm -> TypeScript: the bytes as text, and the exports of the core as a type.
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { encode } from './encode.mjs'

const GENERATED = {
  simd: 'src/generated/core-simd.ts',
  relaxed: 'src/generated/core-relaxed.ts',
  inference: 'src/generated/core-inference.ts',
  test: 'test/generated/core-test.ts',
}

/** Embeds every module that is there; after a quick build that is only some of them. */
export async function embedWasm() {
  for (const [target, file] of Object.entries(GENERATED)) {
    const wasmFile = `build/core.${target}.wasm`
    if (!existsSync(wasmFile)) continue
    const text = encode(await readFile(wasmFile))
    // The annotation keeps the literal out of the .d.ts, where it would be the type.
    await writeIfChanged(file, `export const wasm: string = '${text}'\n`)
  }
  for (const [target, name, type] of [
    ['simd', 'core', 'CoreExports'],
    ['inference', 'inference', 'InferenceExports'],
  ]) {
    const declaration = `build/core.${target}.d.ts`
    if (!existsSync(declaration)) continue
    await writeIfChanged(`src/generated/${name}-exports.ts`, exportsType(await readFile(declaration, 'utf8'), type))
  }
}

// asc's own form hides the type behind `Awaited<ReturnType<typeof instantiate>>` in a .d.ts, which tsc does not copy to
// dist/types; an interface in a .ts file can be imported by name from anywhere.
function exportsType(declaration, name) {
  const body = /declare namespace __AdaptedExports \{\n([\s\S]*?)\n\}/.exec(declaration)?.[1]
  if (body === undefined) throw new Error('asc --bindings raw changed its output: no namespace __AdaptedExports')
  const members = body
    .replace(/^ {2}export const (\w+): (.*);$/gm, '  readonly $1: $2')
    .replace(/^ {2}export function (\w+)\((.*)\): (.*);$/gm, '  readonly $1: ($2) => $3')
  if (/^ {2}export /m.test(members)) throw new Error(`an export that is no number function:\n${members}`)
  return `/** What the core exports, as asc declares it: pointers, counts and numbers are all \`number\`. */
export interface ${name} {
${members}
}
`
}

/** Writes a generated file, unless it is so already. */
export async function writeIfChanged(file, text) {
  if (existsSync(file) && (await readFile(file, 'utf8')) === text) return
  await mkdir(dirname(file), { recursive: true })
  await writeFile(`${file}.${process.pid}`, text)
  await rename(`${file}.${process.pid}`, file)
}
