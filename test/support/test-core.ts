import { instantiateSync } from '@assemblyscript/loader'
import { decode } from '../../src/load/decode.ts'
import { wasm } from '../generated/core-test.ts'

/** The exports of assembly/test.ts: every kernel, on pointers and numbers. */
export type TestCore = Record<string, (...args: number[]) => number> & { memory: WebAssembly.Memory }

/**
 * A fresh instance of the test core, in which `assert` is alive (a failed one traps).
 * `field` is the host's field function, for tests that need one.
 */
export function testCore(field: (id: number, t: number, y: number, dy: number) => void = noField): TestCore {
  const { exports } = instantiateSync(decode(wasm), { host: { field } })
  return exports as unknown as TestCore
}

function noField(id: number): void {
  throw new Error(`field ${id} was called, but this test core was made without one: testCore(field)`)
}
