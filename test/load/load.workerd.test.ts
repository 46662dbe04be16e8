import { expect, test } from 'vitest'
import { loadModule as loadStrict } from '../../src/load/module-workerd.ts'
import { loadModule as loadInference } from '../../src/load/module-workerd-inference.ts'
import { relaxedModule } from '../../src/load/module-workerd-relaxed.ts'

test.each([
  ['strict', loadStrict],
  ['inference', loadInference],
  ['relaxed', () => relaxedModule() as WebAssembly.Module],
])('the host has compiled the %s core', (_, load) => {
  const { exports } = new WebAssembly.Instance(load(), { host: { field: () => undefined } })
  expect(exports['memory']).toBeInstanceOf(WebAssembly.Memory)
})

test('bytes cannot be compiled here, which is why the edge has entries of its own', () => {
  expect(navigator.userAgent).toBe('Cloudflare-Workers')
  expect(() => new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))).toThrow(/disallowed/)
})
