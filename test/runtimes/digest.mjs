// One training run, as a text that changes with any bit of its result. Plain JavaScript and no imports: the same file
// runs in Node, Deno, Bun, workerd and browsers, and gets the package as an argument.

/**
 * The smallest useful thing the package does: what the time "import -> first result" waits for.
 * @param {typeof import('../../src/index.ts')} relode
 */
export function first(relode) {
  return relode.odeint(decay, [1], [0, 1])
}

/**
 * Hexadecimal digest of a seeded training run in the given precision.
 * @param {typeof import('../../src/index.ts')} relode
 * @param {'f32' | 'f64'} precision
 * @returns {string}
 */
export function digest(relode, precision) {
  const y0 = precision === 'f32' ? new Float32Array([1, 2]) : new Float64Array([1, 2])
  const { ys } = relode.odeint(decay, y0, [0, 1, 2])
  let hash = 0x811c9dc5
  for (const y of ys)
    for (const byte of new Uint8Array(y.buffer, y.byteOffset, y.byteLength)) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}

function decay(_, y, dy) {
  for (let i = 0; i < y.length; i++) dy[i] = -y[i]
}
