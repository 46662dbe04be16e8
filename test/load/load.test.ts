import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
// @ts-expect-error: a build script has no types
import { encode } from '../../scripts/encode.mjs'
import { decode } from '../../src/load/decode.ts'
import { loadModule as loadStrict } from '../../src/load/inline.ts'
import { loadModule as loadInference } from '../../src/load/inline-inference.ts'
import { loadModule as loadRelaxed } from '../../src/load/inline-relaxed.ts'

afterEach(() => vi.restoreAllMocks())

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

describe.each([
  ['strict', loadStrict],
  ['inference', loadInference],
  ['relaxed', loadRelaxed],
])('the %s core', (_, load) => {
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

test('the relaxed core exports what the strict one does', () => {
  expect(WebAssembly.Module.exports(loadRelaxed())).toEqual(WebAssembly.Module.exports(loadStrict()))
})

test('where relaxed SIMD does not validate, the strict core is compiled', () => {
  const compiled: number[] = []
  const Module = WebAssembly.Module
  vi.spyOn(WebAssembly, 'Module').mockImplementation(
    class {
      constructor(bytes: Uint8Array<ArrayBuffer>) {
        compiled.push(bytes.length)
        // biome-ignore lint/correctness/noConstructorReturn: stands in for the real constructor
        return new Module(bytes)
      }
    } as never,
  )
  loadStrict()
  vi.spyOn(WebAssembly, 'validate').mockReturnValue(false)
  loadRelaxed()
  expect(compiled[1]).toBe(compiled[0])
})
