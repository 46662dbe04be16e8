/** Stands in for slots.ts where the core has no gradients. */
export const slots = (): number => 0
