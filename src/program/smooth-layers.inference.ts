/** Stands in for smooth-layers.ts in `relode/inference`, whose core draws no normal numbers. */
export function addSmooth(): void {
  throw new RangeError("initialLayers 'smooth' needs the entry relode")
}
