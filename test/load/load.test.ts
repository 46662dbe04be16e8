import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
// @ts-expect-error: a build script has no types
import { encode } from '../../scripts/encode.mjs'
import { decode } from '../../src/load/decode.ts'
import { loadModule as loadStrict } from '../../src/load/inline.ts'
import { loadModule as loadInference } from '../../src/load/inline-inference.ts'
import { relaxedModule } from '../../src/load/inline-relaxed.ts'

test('decode gives back any bytes', () => {
  const every = Uint8Array.from({ length: 256 }, (_, i) => i)
  expect(decode(encode(every))).toEqual(every)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(decode(encode(bytes))).toEqual(new Uint8Array(bytes))
    }),
  )
})

test('an encoded text needs no escape in a string, a template or a page', () => {
  expect(encode(Uint8Array.from({ length: 256 }, (_, i) => i))).toMatch(/^[^'"\\`<\s]*$/)
})

const relaxed = relaxedModule()

describe.each([
  ['strict', loadStrict],
  ['inference', loadInference],
  ...(relaxed === undefined ? [] : [['relaxed', () => relaxed] as const]),
] as const)('the %s core', (_, load) => {
  test('needs nothing from its host but the field', () => {
    const imports = WebAssembly.Module.imports(load()).map(({ module, name, kind }) => `${module}.${name} ${kind}`)
    expect(imports.filter((name) => name !== 'host.field function')).toEqual([])
  })

  test('exports its memory, and otherwise functions', () => {
    const { memory, ...others } = Object.fromEntries(
      WebAssembly.Module.exports(load()).map(({ name, kind }) => [name, kind]),
    )
    expect(memory).toBe('memory')
    expect(new Set(Object.values(others))).toEqual(new Set(['function']))
  })
})

test.skipIf(relaxed === undefined)('the relaxed core exports what the strict one does', () => {
  expect(WebAssembly.Module.exports(relaxed as WebAssembly.Module)).toEqual(WebAssembly.Module.exports(loadStrict()))
})
