/** figure.svg: networks beside their targets, errors beside the theorem, sizes beside the paper's. */

import { type Color, figure, heat, type Layer, line, type Panel, panel, points } from '../../plot/index.ts'
import type { Form } from '../../theory/machine.ts'
import type { Measured, Result, Series } from './measure.ts'
import type { Shown } from './show.ts'
import type { Size } from './sizes.ts'

/** What the figure shows, as far as it is there. */
export interface Picture {
  readonly lines: { readonly all: Shown; readonly close: Shown } | undefined
  readonly grid: Shown | undefined
  /** One a dimension. */
  readonly results: readonly Result[]
  readonly sizes: readonly Size[]
}

const WIDTH = 1160
const COLUMNS = 4
const LINE_COLORS: readonly Color[] = ['orange', 'gold', 'green', 'purple', 'blue']
const FORM_COLORS: Readonly<Record<Form, Color>> = {
  counter: 'blue',
  smooth: 'orange',
  universal: 'green',
  interpolating: 'purple',
  carrier: 'gold',
}
const FRACTIONS: Readonly<Record<number, string>> = {
  0.25: '1/4',
  0.5: '1/2',
  [1 / 3]: '1/3',
  [1 / 6]: '1/6',
  [2 / 3]: '2/3',
}

export function approximateFigure({ lines, grid, results, sizes }: Picture): string {
  // Sizes, of three dimensions, take one column: wider, their axis would have ticks between dimensions.
  const errors = results.map((result, i) => errorPanel(result, i === 0 ? COLUMNS - results.length : 1))
  return figure({
    title: 'One small ReLU network g, applied r times: L2 ∘ g ∘ … ∘ g ∘ L1, built and not trained',
    subtitle:
      'g keeps its width, its depth and its number of parameters, whatever r is; only the tape, one number that L1 sets, gets longer.',
    columns: COLUMNS,
    width: WIDTH,
    panels: [
      ...(lines === undefined ? [] : linePanels(lines)),
      ...(grid === undefined ? [] : gridPanels(grid)),
      ...errors,
      sizePanel(sizes),
    ],
    footer:
      'After S. Zhang, J. Lu, H. Zhao, On Enhancing Expressive Power via Compositions of Single Fixed-Size ReLU Network, ICML 2023. ' +
      'Values by doubles in the core; largest errors over the whole cube, no region left out.',
  })
}

function linePanels({ all, close }: { all: Shown; close: Shown }): Panel[] {
  const layers = ({ places: x, exact, outputs }: Shown, width: number): Layer[] => [
    line({ x, y: exact, label: 'target', color: 'grey', width }),
    ...outputs.map(({ r, values }, i) => {
      return line({ x, y: values, label: `r = ${r}`, color: LINE_COLORS[i] as Color, width: 1.4 })
    }),
  ]
  const [from, to] = [close.places[0] as number, close.places.at(-1) as number]
  // What is far from the target there is cut off: it is the small steps that are to be seen.
  const [lo, hi] = extent([close.exact])
  const domain: readonly [number, number] = [lo - (hi - lo) / 4, hi + (hi - lo) / 4]
  return [
    panel({
      title: `${all.target.formula}, ${kindOf(all)}`,
      columns: 2,
      x: { label: 'x' },
      y: {},
      layers: layers(all, 5),
    }),
    panel({
      title: `The same, x from ${Number(from.toFixed(3))} to ${Number(to.toFixed(3))}`,
      columns: 2,
      x: { label: 'x' },
      y: lo < hi ? { domain } : {},
      layers: layers(close, 3.5),
      legend: false,
    }),
  ]
}

function kindOf({ form, levels }: Shown): string {
  return `${form}, ${levels} ${levels === 1 ? 'level' : 'levels'}`
}

/** Target and networks in the colours of one domain. */
function gridPanels(shown: Shown): Panel[] {
  const { target, places, exact, outputs } = shown
  const [lo, hi] = extent([exact, ...outputs.map(({ values }) => values)])
  const most = Math.max(Math.abs(lo), Math.abs(hi))
  const domain: [number, number] = lo < 0 && hi > 0 ? [-most, most] : [lo, hi]
  const plane = target.d === 3 ? ', z = 1/2' : ''
  const map = (title: string, values: Float64Array, columns: number): Panel => {
    const layers = lo < hi ? [heat({ x: places, y: places, values, domain })] : []
    return panel({ title, x: { label: 'x' }, y: { label: 'y' }, layers, columns })
  }
  const last = COLUMNS - outputs.length
  return [
    map(`${target.formula}${plane}`, exact, 1),
    ...outputs.map(({ r, values }, i) =>
      map(`${kindOf(shown)}, r = ${r}`, values, i === outputs.length - 1 ? last : 1),
    ),
  ]
}

function extent(all: readonly Float64Array[]): [number, number] {
  return all
    .flatMap((values) => [...values])
    .reduce<[number, number]>(
      ([lo, hi], value) => [Math.min(lo, value), Math.max(hi, value)],
      [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    )
}

function errorPanel({ target, series }: Result, columns: number): Panel {
  const slopes = [...new Set(series.map(({ theory }) => `−${fraction(theory)}`))]
  const label = `${slopes.length === 1 ? 'slope' : 'slopes'} ${slopes.join(', ')}`
  return panel({
    title: `d = ${target.d}: ${target.formula}`,
    columns,
    x: { label: 'r', log: true },
    y: { label: 'sup error', log: true },
    layers: [
      ...series.flatMap(measuredLayers),
      ...series.map((one) => slopeLine(one, label)),
      ...series.flatMap(boundLines),
    ],
  })
}

function measuredLayers({ form, errors }: Series): Layer[] {
  const [x, y] = [errors.map(({ r }) => r), errors.map(({ sup }) => positive(sup))]
  const color = FORM_COLORS[form]
  return [line({ x, y, label: form, color, width: 1.4 }), points({ x, y, label: form, color })]
}

/** The order of the theorem, from the last point back. */
function slopeLine({ form, theory, errors }: Series, label: string): Layer {
  const [first, last] = [errors[0], errors.at(-1)] as [Measured, Measured]
  const y = [positive(last.sup) * (last.r / first.r) ** theory, positive(last.sup)]
  return line({ x: [first.r, last.r], y, label, color: FORM_COLORS[form], dash: 'dotted' })
}

function boundLines({ form, errors }: Series): Layer[] {
  const y = errors.map(({ bound, smoothBound }) => positive(smoothBound ?? bound ?? Number.NaN))
  if (y.every(Number.isNaN)) return []
  const x = errors.map(({ r }) => r)
  return [line({ x, y, label: 'bound', color: FORM_COLORS[form], dash: 'dashed', width: 1.2 })]
}

function fraction(value: number): string {
  return FRACTIONS[value] ?? String(Number(value.toFixed(2)))
}

function positive(value: number): number {
  return value > 0 ? value : Number.NaN
}

function sizePanel(sizes: readonly Size[]): Panel {
  const colors: Readonly<Record<string, Color>> = { ...FORM_COLORS, 'paper, sup': 'grey', 'paper, L^p': 'grey' }
  const layers = [...new Set(sizes.map(({ network }) => network))].flatMap((network): Layer[] => {
    const rows = sizes.filter((size) => size.network === network)
    const [x, y, color] = [rows.map(({ d }) => d), rows.map(({ parameters }) => parameters), colors[network] ?? 'grey']
    const shape = network === 'paper, sup' ? 'square' : 'circle'
    return [
      line({ x, y, label: network, color, width: 1.4, dash: network === 'paper, L^p' ? 'dashed' : 'solid' }),
      points({ x, y, label: network, color, shape }),
    ]
  })
  return panel({
    title: 'Parameters of g',
    x: { label: 'd', domain: [0.7, 3.3] },
    y: { log: true },
    layers,
  })
}
