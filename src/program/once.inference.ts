/** Stands in for once.ts in `relode/inference`, whose core does every op for all rows. */
export const onceFlags = (): Readonly<Record<number, number>> => ({})
