/** Stands in for input.ts in `relode/inference`, whose core has no signals. */

export function inputOp(_: object, method: string): never {
  throw new RangeError(`${method} needs the entry relode`)
}

export function checkUnfed(): void {}
