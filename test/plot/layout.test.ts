import { describe, expect, test } from 'vitest'
import { arrows, figure, heat, line, panel, points, rule, span } from '../../src/plot/index.ts'

const years = Array.from({ length: 21 }, (_, i) => 1900 + i)
const wave = years.map((year) => 40 + 35 * (((year - 1900) % 10) / 5 - 1))
const grid = Array.from({ length: 100 }, (_, i) => i)

const series = panel({
  title: 'Pelts by year',
  columns: 2,
  x: { label: 'year' },
  y: { label: 'thousand pelts, as returned by the trading posts' },
  layers: [
    span({ x0: 1916, x1: 1920, label: 'forecast' }),
    rule({ x: 1916, label: 'the fit ends' }),
    rule({ x: 1915, label: 'a note' }),
    rule({ y: 12, label: 'threshold' }),
    points({ x: years, y: wave, label: 'hare, observed' }),
    line({ x: years, y: wave, label: 'hare, model with a rather long name' }),
    line({ x: years, y: wave.map((y) => 80 - y), label: 'lynx, model', dash: 'dashed' }),
  ],
})
const phase = panel({
  title: 'Phase plane with a title that does not fit on one line of a narrow panel',
  x: { label: 'hare' },
  y: { label: 'lynx' },
  layers: [
    arrows({ x: grid.map((i) => i % 10), y: grid.map((i) => Math.floor(i / 10)), dx: grid, dy: grid, label: 'field' }),
    line({ x: [1, 8, 4, 1], y: [1, 5, 9, 1], label: 'fit' }),
  ],
})
const loss = panel({
  title: 'Training',
  x: { label: 'epoch' },
  y: { label: 'loss', log: true },
  layers: [line({ x: [0, 1000, 20_000], y: [3, 1e-4, 2e-9], label: 'train' })],
})
const large = panel({
  title: 'Large and small',
  x: { label: 'tiny', domain: [-3e-7, 4e-7] },
  y: { domain: [-2e9, 4e9] },
  layers: [line({ x: [0, 1e-7], y: [0, 1e9] })],
})

const cells = panel({
  title: 'Cells',
  x: { label: 'x' },
  y: { label: 'y' },
  layers: [
    heat({ x: [0, 1, 2], y: [0, 1], values: [1, 20, 4e-5, 1e-3, 50, 2], log: true, label: 'absolute error' }),
    rule({ y: 0.4, label: 'a rule' }),
  ],
})

const figures: [string, string][] = [960, 700, 420].flatMap((width) =>
  [1, 2, 3].map((columns): [string, string] => [
    `${width} px, ${columns} columns`,
    figure({
      title: 'Lynx and hare, 1900–1920: a neural ODE fitted to sixteen years and asked for four more',
      subtitle: 'Hudson’s Bay Company pelt returns; dashed: the forecast, which the fit has not seen.',
      footer: 'C. G. Hewitt, The Conservation of the Wild Life of Canada (1921).',
      width,
      columns,
      panels: [series, phase, loss, large, cells],
    }),
  ]),
)

// Only a browser knows how wide text really is.
describe.skipIf(typeof document === 'undefined')('text in a browser', () => {
  test.each(figures.filter(([name]) => name !== '420 px, 3 columns'))(
    '%s: nothing overlaps, nothing is cut',
    (_, svg) => {
      document.body.innerHTML = svg
      const root = document.querySelector('svg') as SVGSVGElement
      root.style.maxWidth = 'none'
      const frame = root.getBoundingClientRect()
      const boxes = [...root.querySelectorAll('text')].map((text) => ({
        text: text.textContent ?? '',
        box: text.getBoundingClientRect(),
      }))
      expect(boxes.length).toBeGreaterThan(30)
      for (const [i, { text, box }] of boxes.entries()) {
        expect(box.left, text).toBeGreaterThanOrEqual(frame.left)
        expect(box.right, text).toBeLessThanOrEqual(frame.right)
        expect(box.bottom, text).toBeLessThanOrEqual(frame.bottom)
        for (const other of boxes.slice(i + 1)) {
          const apart = box.right <= other.box.left || other.box.right <= box.left
          // Boxes are as high as the font's tallest letters: two px of air may be shared.
          const stacked = box.bottom - 2 <= other.box.top || other.box.bottom - 2 <= box.top
          expect(apart || stacked, `'${text}' and '${other.text}'`).toBe(true)
        }
      }
      document.body.innerHTML = ''
    },
  )
})
