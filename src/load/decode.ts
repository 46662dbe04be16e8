// How bytes stand in a bundle: 88 printable characters that need no escape anywhere ('#' to '~' without ' < \ `). A character
// is a byte below 86; one of two prefixes adds 86 or 172 to the character behind it. Unlike base64 this keeps bytes apart, so
// compression still sees what repeats in them: the core costs a quarter less in a gzipped bundle. 4 is added to every byte first:
// the core is full of 0xfd, which so needs no prefix.

const FIRST = 35
const SKIPPED = [39, 60, 92, 96]
const BASE = 86

/** Character code -> digit. */
function digits(): Uint8Array {
  const table = new Uint8Array(127)
  for (let code = FIRST, digit = 0; code < table.length; code++) if (!SKIPPED.includes(code)) table[code] = digit++
  return table
}

/** The bytes of a text that the build's `encode` (scripts/encode.mjs) made. */
export function decode(text: string): Uint8Array<ArrayBuffer> {
  // A table, since this runs once, cold: comparing with the skipped codes instead took five times as long.
  const digitOf = digits()
  const bytes = new Uint8Array(text.length)
  let length = 0
  let shift = 0
  for (let i = 0; i < text.length; i++) {
    const digit = digitOf[text.charCodeAt(i)] as number
    if (digit < BASE) {
      bytes[length++] = digit + shift - 4
      shift = 0
    } else shift = (digit - BASE + 1) * BASE
  }
  return bytes.slice(0, length)
}
