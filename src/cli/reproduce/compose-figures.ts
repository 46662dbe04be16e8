/** The figures: errors against r, the function as it is learned, and the decision regions of the spirals. */

import { type Color, figure, heat, line, type Panel, panel, points } from '../../plot/index.ts'
import { targetAt } from './compose-data.ts'
import { type Entry, ofProblem, paperValue } from './compose-entries.ts'
import { centres, grid, PICTURE } from './compose-train.ts'

const COLORS: readonly Color[] = ['blue', 'orange']
const SOURCE = 'Zhang, Lu, Zhao, ICML 2023, section 4; retrained by relode reproduce compose.'

export function figures(entries: readonly Entry[]): Record<string, string> {
  return {
    'compose.svg': scoresFigure(entries),
    'compose-function.svg': functionFigure(entries),
    'compose-spirals.svg': spiralsFigure(entries),
  }
}

function scoresFigure(entries: readonly Entry[]): string {
  const [functions, spirals] = [ofProblem(entries, 'function'), ofProblem(entries, 'spirals')]
  return figure({
    title: 'One block, more compositions: the same number of parameters, smaller errors',
    subtitle: 'L2 ∘ g^r ∘ L1 with g(x) = relu(Ax + b), A n × n, trained. Dashed: the values of the paper.',
    panels: [
      scorePanel(functions, 'mse', { title: 'Approximation: mean square error', y: 'MSE', log: true }),
      scorePanel(functions, 'max', { title: 'Approximation: largest error', y: 'MAX', log: true }),
      scorePanel(spirals, 'accuracy', { title: 'Two spirals: test accuracy', y: 'accuracy', log: false }),
    ],
    width: 1080,
    footer: SOURCE,
  })
}

interface Labels {
  readonly title: string
  readonly y: string
  readonly log: boolean
}

function scorePanel(entries: readonly Entry[], score: string, { title, y, log }: Labels): Panel {
  const widths = [...new Set(entries.map(({ cell }) => cell.n))]
  const layers = widths.flatMap((n, i) => {
    const color = COLORS[i % COLORS.length] as Color
    const own = entries.filter(({ cell }) => cell.n === n)
    const x = own.map(({ cell }) => cell.r)
    const values = own.map(({ median }) => median.scores[score] as number)
    const theirs = own.map(({ cell }) => paperValue(cell, score) ?? Number.NaN)
    return [
      line({ x, y: values, color, label: `n = ${n}` }),
      points({ x, y: values, color, label: `n = ${n}` }),
      ...(theirs.some(Number.isFinite) ? [line({ x, y: theirs, color, dash: 'dashed', width: 1.2 })] : []),
    ]
  })
  const depths = entries.map(({ cell }) => cell.r)
  const domain = [Math.min(...depths) - 0.5, Math.max(...depths) + 0.5] as const
  return panel({ title, x: { label: 'r', domain }, y: { label: y, log }, layers })
}

/** The first width of a problem: one picture for each r. */
function firstWidth(entries: readonly Entry[]): Entry[] {
  return entries.filter(({ cell }) => cell.n === entries[0]?.cell.n)
}

const UNIT = { domain: [0, 1] } as const

function functionFigure(entries: readonly Entry[]): string {
  const shown = firstWidth(ofProblem(entries, 'function'))
  const size = PICTURE.function
  const at = centres(size, 0, 1)
  const f = targetAt(Float32Array.from(grid(size, 0, 1)))
  // One scale of colours serves all: the coefficients of f sum to 1.
  const draw = (title: string, values: ArrayLike<number>, key = false): Panel =>
    panel({ title, x: UNIT, y: UNIT, layers: [heat({ x: at, y: at, values, domain: [-1, 1], key })] })
  return figure({
    title: 'The function, and what one block learns of it',
    subtitle: `n = ${shown[0]?.cell.n}, ${shown[0]?.median.parameters} parameters, whatever r is.`,
    panels: [
      draw('f', f),
      ...shown.map(({ cell, median }, i) =>
        draw(`r = ${cell.r}: MSE ${(median.scores.mse as number).toExponential(1)}`, median.picture, i === 1),
      ),
    ],
    columns: 3,
    width: 1000,
    height: 740,
    footer: SOURCE,
  })
}

const QUARTER = { domain: [0.5, 1] } as const

function spiralsFigure(entries: readonly Entry[]): string {
  const shown = firstWidth(ofProblem(entries, 'spirals'))
  const at = centres(PICTURE.spirals, 0.5, 1)
  return figure({
    title: 'Two spirals: the regions of the two classes',
    subtitle: `The upper right quarter of the square; n = ${shown[0]?.cell.n}, ${shown[0]?.median.parameters} parameters, whatever r is.`,
    panels: shown.map(({ cell, median }) =>
      panel({
        title: `r = ${cell.r}: accuracy ${(median.scores.accuracy as number).toFixed(3)}`,
        x: QUARTER,
        y: QUARTER,
        layers: [
          heat({ x: at, y: at, values: median.picture.map(Math.sign), domain: [-2, 2], ramp: 'diverging', key: false }),
        ],
      }),
    ),
    columns: shown.length,
    width: 1080,
    height: 385,
    footer: SOURCE,
  })
}
