/** Stands in for sweep.ts where the core has no gradients: pull.inference.ts keeps anybody from asking for one. */
export const sweeper = (): undefined => undefined
