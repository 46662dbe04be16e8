/** Stands in for smooth.ts in `relode/inference`, whose core draws no normal deviates: a smooth start is for training. */

export function smoothFeatures(): never {
  throw new RangeError("initialLayers 'smooth' needs the entry relode")
}
