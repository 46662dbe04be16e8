/** Stands in for keeping.ts where the core has no gradients. */
export const keep = (): void => {}
