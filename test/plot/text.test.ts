import { describe, expect, test } from 'vitest'
import { balance, escapeXml, logLabels, px, textWidth, tickLabels, wrap } from '../../src/plot/text.ts'

describe('px', () => {
  test.each([
    [1 / 3, '0.33'],
    [-0.001, '0'],
    [-1.006, '-1.01'],
    [100, '100'],
    [1e300, '100000'],
    [Number.NEGATIVE_INFINITY, '-100000'],
  ])('%d is %s', (value, text) => {
    expect(px(value)).toBe(text)
  })
})

describe('escapeXml', () => {
  test('marks, control characters and half surrogates', () => {
    expect(escapeXml('a<b & "c" > \u0000\ud800\ufffe')).toBe('a&#60;b &#38; &#34;c&#34; &#62; \ufffd\ufffd\ufffd')
    expect(escapeXml('naïve 雪 🐇\n')).toBe('naïve 雪 🐇\n')
  })
})

describe('wrap', () => {
  test('breaks at spaces, so that every line fits', () => {
    const lines = wrap('lynx and hare, a neural ODE fitted to sixteen years', 120, 13)
    expect(lines.length).toBeGreaterThan(1)
    expect(lines.join(' ')).toBe('lynx and hare, a neural ODE fitted to sixteen years')
    for (const line of lines) expect(textWidth(line, 13)).toBeLessThanOrEqual(120)
  })

  test('breaks a word that does not fit', () => {
    const lines = wrap(`of ${'x'.repeat(100)} y`, 100, 13)
    expect(lines.join('').replaceAll(' ', '')).toBe(`of${'x'.repeat(100)}y`)
    for (const line of lines) expect(textWidth(line, 13)).toBeLessThanOrEqual(100)
  })

  test('ends for any width, also one that holds nothing', () => {
    expect(wrap('ab', 0, 13)).toEqual(['a', 'b'])
    expect(wrap('🐇🐇', 1, 13)).toEqual(['🐇', '🐇'])
    expect(wrap('', 100, 13)).toEqual([''])
  })

  test('balanced lines are as few, and no word is left alone', () => {
    const text = 'a neural ODE fitted to sixteen years, asked for four more'
    const width = textWidth(text, 13) - 20
    expect(wrap(text, width, 13)[1]).toBe('more')
    const lines = balance(text, width, 13)
    expect(lines).toHaveLength(2)
    expect(lines.join(' ')).toBe(text)
    expect(lines[1]?.split(' ').length).toBeGreaterThan(3)
    expect(balance('one line', 500, 13)).toEqual(['one line'])
    expect(balance('xx xx', 0, 13)).toEqual(['x', 'x', 'x', 'x'])
  })

  test('bold is wider, East Asian text is set in squares', () => {
    expect(textWidth('lynx', 10, true)).toBeGreaterThan(textWidth('lynx', 10))
    expect(textWidth('雪', 10)).toBeGreaterThanOrEqual(10)
  })
})

describe('labels of ticks', () => {
  test.each([
    [
      [0, 20, 40],
      ['0', '20', '40'],
    ],
    [
      [1900, 1905],
      ['1900', '1905'],
    ],
    [
      [-0.5, 0, 0.5],
      ['−0.5', '0.0', '0.5'],
    ],
    [
      [0, 5000, 10_000],
      ['0', '5,000', '10,000'],
    ],
    [
      [0, 1_000_000],
      ['0', '1,000,000'],
    ],
    [
      [-1e9, 0, 1e9],
      ['−1×10⁹', '0', '1×10⁹'],
    ],
    [
      [0, 5e-8, 1e-7],
      ['0', '0.5×10⁻⁷', '1.0×10⁻⁷'],
    ],
    [
      [0.30000000000000004, 0.4],
      ['0.3', '0.4'],
    ],
    [
      [1e-300, 2e-300],
      ['1×10⁻³⁰⁰', '2×10⁻³⁰⁰'],
    ],
    [[12.5], ['12.5']],
    [[0], ['0']],
    [[], []],
  ])('%j', (ticks, labels) => {
    expect(tickLabels(ticks)).toEqual(labels)
  })

  test.each([
    [
      [0.001, 0.1, 10],
      ['0.001', '0.1', '10'],
    ],
    [
      [100, 1000, 10_000],
      ['100', '1,000', '10,000'],
    ],
    [
      [0.2, 0.5, 1],
      ['0.2', '0.5', '1'],
    ],
    [
      [1e-5, 1, 1e5],
      ['10⁻⁵', '10⁰', '10⁵'],
    ],
    [
      [1e-14, 2e-14],
      ['10⁻¹⁴', '2×10⁻¹⁴'],
    ],
  ])('log %j', (ticks, labels) => {
    expect(logLabels(ticks)).toEqual(labels)
  })
})
