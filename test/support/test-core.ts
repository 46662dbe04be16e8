import { instantiateSync } from '@assemblyscript/loader'
import { decode } from '../../src/load/decode.ts'
import { wasm } from '../generated/core-test.ts'

/** What assembly/index.ts exports for both precisions: the first argument says which. */
const VERBS = [
  'adam',
  'apply',
  'applyTranspose',
  'axpy',
  'dot',
  'fixpoint',
  'interpolate',
  'loss',
  'normal',
  'packField',
  'packedLength',
  'scale',
  'scaledNorm',
  'sgd',
  'solve',
  'solveRows',
  'spectralNorm',
  'sweep',
  'uniform',
  'unrest',
]

/** The exports of assembly/test.ts: every kernel, on pointers and numbers; a verb of both precisions also as `verb32` and `verb64`. */
export type TestCore = Record<string, (...args: number[]) => number> & { memory: WebAssembly.Memory }

/**
 * A fresh instance of the test core, in which `assert` is alive (a failed one traps).
 * `field` is the host's field function, for tests that need one.
 */
export function testCore(field: (id: number, t: number, y: number, dy: number) => void = noField): TestCore {
  const { exports } = instantiateSync(decode(wasm), { host: { field } })
  const all = exports as Record<string, unknown>
  const bound = VERBS.flatMap((name) => {
    const verb = all[name] as (...args: unknown[]) => number
    return [32, 64].map((bits) => [`${name}${bits}`, verb.bind(null, bits === 64)])
  })
  return { ...exports, ...Object.fromEntries(bound) } as TestCore
}

function noField(id: number): void {
  throw new Error(`field ${id} was called, but this test core was made without one: testCore(field)`)
}
