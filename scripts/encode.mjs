// The other half of src/load/decode.ts, which says why.
const digits = Array.from({ length: 92 }, (_, i) => String.fromCharCode(35 + i)).filter((c) => !"'<\\`".includes(c))
const BASE = digits.length - 2
const BITS = 6

/**
 * Bytes as printable text.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function encode(bytes) {
  const count = new Array(256).fill(0)
  for (const byte of bytes) count[byte]++
  const all = [...count.keys()]
  const frequent = new Set([...all].sort((a, b) => count[b] - count[a]).slice(0, BASE))
  let text = ''
  for (let byte = 0; byte < 256; byte += BITS) {
    let digit = 0
    for (let j = 0; j < BITS; j++) if (frequent.has(byte + j)) digit |= 1 << j
    text += digits[digit]
  }
  const place = new Array(256)
  for (const [i, byte] of [...frequent].sort((a, b) => a - b).entries()) place[byte] = i
  for (const [i, byte] of all.filter((byte) => !frequent.has(byte)).entries()) place[byte] = BASE + i
  for (const byte of bytes) {
    const at = place[byte]
    text += (at < BASE ? '' : digits[BASE - 1 + Math.floor(at / BASE)]) + digits[at % BASE]
  }
  return text
}
