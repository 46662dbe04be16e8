/** Text without a DOM: escaping, estimated widths, wrapping and numbers for people. */

// Advance widths of Arial in thousandths of an em, by groups of about equal letters.
const WIDTHS: readonly (readonly [letters: string, width: number])[] = [
  ["ijl'|", 222],
  [' .,:;!/\\[]tfI·’‘', 278],
  ['()r-`"“”', 340],
  ['ckJsvxyz*^', 500],
  ['+=<>~−×±≤≥', 730],
  ['ABEKPSVXY&', 667],
  ['CDHNRUwT', 722],
  ['GOQ', 778],
  ['mM', 833],
  ['W@%—…', 1000],
  ['⁰¹²³⁴⁵⁶⁷⁸⁹⁻', 380],
]
const WIDTH = new Map(WIDTHS.flatMap(([letters, width]) => [...letters].map((letter) => [letter, width] as const)))
const OTHER = 556
const FULL = 1000
// The stack ends in whatever the system has; DejaVu Sans, the widest of the common ones, runs 15 % wider than Arial.
const WIDEST = 1.15
const BOLD = 1.14

/** Upper estimate of the width of one line of text, in the unit of `size`. */
export function textWidth(text: string, size: number, bold = false): number {
  let sum = 0
  // From U+2E80 on stand the East Asian scripts, set in full squares; emoji too.
  for (const letter of text) sum += WIDTH.get(letter) ?? (letter >= '\u2e80' ? FULL : OTHER)
  return (sum / 1000) * size * WIDEST * (bold ? BOLD : 1)
}

/** The text in lines that fit `width`; a word that alone does not is broken. At least one line. */
export function wrap(text: string, width: number, size: number, bold = false): string[] {
  const fits = (line: string): boolean => textWidth(line, size, bold) <= width
  const lines: string[] = []
  let line = ''
  for (let word of text.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`
    if (fits(longer)) {
      line = longer
      continue
    }
    if (line !== '') lines.push(line)
    for (; !fits(word) && word.length > 1; ) {
      const letters = [...word]
      let keep = letters.length - 1
      while (keep > 1 && !fits(letters.slice(0, keep).join(''))) keep--
      if (keep < 1) break
      lines.push(letters.slice(0, keep).join(''))
      word = letters.slice(keep).join('')
    }
    line = word
  }
  return [...lines, line]
}

/** As `wrap`, with the lines of about equal width: no last line of one word. */
export function balance(text: string, width: number, size: number, bold = false): string[] {
  let lines = wrap(text, width, size, bold)
  for (let narrow = width - size; lines.length > 1; narrow -= size) {
    const shorter = wrap(text, narrow, size, bold)
    if (shorter.length > lines.length || narrow < width / 2) break
    lines = shorter
  }
  return lines
}

/** Text for element content and quoted attributes; what XML 1.0 cannot hold becomes U+FFFD. */
export function escapeXml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones XML forbids
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd')
      .replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`)
  )
}

/** A text element; none for empty content. */
export function textElement(kind: string, x: number, y: number, content: string, anchor?: 'middle' | 'end'): string {
  if (content === '') return ''
  const classes = kind === '' ? '' : ` class="${kind}"`
  const side = anchor === undefined ? '' : ` text-anchor="${anchor}"`
  return `<text${classes} x="${px(x)}" y="${px(y)}"${side}>${escapeXml(content)}</text>`
}

/** A coordinate: two decimals, and never so large that a renderer would lose precision or print an exponent. */
export function px(value: number): string {
  return String(Math.round(Math.max(-1e5, Math.min(1e5, value)) * 100) / 100 + 0)
}

/**
 * Labels of ticks of a linear axis: decimals by the distance of the ticks, thousands set apart if one reaches 10,000 (so that
 * years stay years), and powers of ten for what is very large or very small.
 */
export function tickLabels(ticks: readonly number[]): string[] {
  const largest = Math.max(0, ...ticks.map(Math.abs))
  if (largest === 0) return ticks.map(() => '0')
  const step = ticks.length > 1 ? Math.abs((ticks[1] as number) - (ticks[0] as number)) : largest
  const power = Math.floor(Math.log10(largest) + 1e-9)
  if (power > 6 || power < -3) {
    const unit = 10 ** power
    const decimals = Math.max(0, power - exponent(step))
    return ticks.map((tick) => (tick === 0 ? '0' : `${fixed(tick / unit, decimals)}×${powerOfTen(power)}`))
  }
  const decimals = ticks.length > 1 ? Math.max(0, -exponent(step)) : shortDecimals(largest)
  return ticks.map((tick) => fixed(tick, decimals, largest >= 1e4))
}

/** Labels of ticks of a log axis: plain from 0.001 to 100,000, powers of ten if one of them lies outside. */
export function logLabels(ticks: readonly number[]): string[] {
  const plain = ticks.every((tick) => tick > 0.9e-3 && tick < 1.1e5)
  const group = ticks.some((tick) => tick > 0.9e4)
  return ticks.map((tick) => {
    const power = exponent(tick)
    if (plain) return fixed(tick, Math.max(0, -power), group)
    const digit = Math.round(tick / 10 ** power)
    return digit === 1 ? powerOfTen(power) : `${digit}×${powerOfTen(power)}`
  })
}

function exponent(value: number): number {
  return Math.floor(Math.log10(value) + 1e-9)
}

function shortDecimals(value: number): number {
  return Math.min(6, (String(value).split('.')[1] ?? '').length)
}

function fixed(value: number, decimals: number, group = false): string {
  const [whole, fraction] = Math.abs(value).toFixed(Math.min(20, decimals)).split('.') as [string, string?]
  const grouped = group ? whole.replace(/\B(?=(?:\d{3})+$)/g, ',') : whole
  const text = fraction === undefined ? grouped : `${grouped}.${fraction}`
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text
}

function powerOfTen(power: number): string {
  const digits = [...String(Math.abs(power))].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('')
  return `10${power < 0 ? '⁻' : ''}${digits}`
}
