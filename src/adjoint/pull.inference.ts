import type { Pass } from './model.ts'

/** Stands in for pull.ts where the core has no gradients; nothing that `relode/inference` exports asks for it. */
export function pull(): ReturnType<Pass['pull']> {
  throw new RangeError('gradients need the entry relode')
}
