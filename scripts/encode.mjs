// The other half of src/load/decode.ts, which says why.
const digits = Array.from({ length: 92 }, (_, i) => String.fromCharCode(35 + i)).filter((c) => !"'<\\`".includes(c))
const BASE = digits.length - 2

/**
 * Bytes as printable text.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function encode(bytes) {
  let text = ''
  for (const value of bytes) {
    const byte = (value + 4) % 256
    text += (byte < BASE ? '' : digits[BASE - 1 + Math.floor(byte / BASE)]) + digits[byte % BASE]
  }
  return text
}
