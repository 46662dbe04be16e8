/** The figures of layers over their index: the long training, and where the layers are not smooth. */

import { type Color, figure, line, type Panel, panel, points } from '../../plot/index.ts'
import { COLORS, NAMES } from './resnet-figures.ts'
import { ACTIVATIONS, COUNTER, CURVES } from './resnet-plans.ts'
import { LONG_TIMES } from './resnet-published.ts'
import type { Results } from './resnet-results.ts'
import type { RunResult } from './resnet-run.ts'

const TIMES: readonly Color[] = ['grey', 'gold', 'orange', 'purple']

/** Figure 2. */
export function longFigure(results: Results): string | undefined {
  const found = ACTIVATIONS.flatMap((activation) => {
    const run = results.long(activation)
    return run === undefined ? [] : [{ activation, run }]
  })
  if (found.length === 0) return undefined
  const ends = found.map(({ activation, run }) => {
    const { t = 0, loss = 0 } = run.records.at(-1) ?? {}
    return `${NAMES[activation]} ${loss.toExponential(1)} after ${t.toLocaleString('en')} iterations`
  })
  return figure({
    title: 'Over a long training the layers stay a smooth function of depth',
    subtitle: `One entry of every V and of every W against the layer, at several iterations. Loss: ${ends.join(', ')}.`,
    columns: 3,
    width: 1080,
    panels: found.flatMap(({ activation, run }) => [
      lossPanel(activation, run),
      entryPanel(`${NAMES[activation]}: V₁₂ of every layer`, run, 'V'),
      entryPanel(`${NAMES[activation]}: W₁₂ of every layer`, run, 'W'),
    ]),
    footer:
      'Marion et al. 2024, figure 2: n = 50, d = 16, m = 64, L = 64, gradient descent with learning rate 0.005 L, scaling of the published code, f32. Crosses: numpy, with the same data and weights. Entries count from 0.',
  })
}

function lossPanel(activation: (typeof ACTIVATIONS)[number], { records }: RunResult): Panel {
  const shown = records.filter(({ t }) => t > 0)
  const theirs = Object.entries(LONG_TIMES[activation] ?? {}).filter(([t]) => Number(t) > 0)
  const color = COLORS[activation]
  return panel({
    title: `${NAMES[activation]}: loss`,
    x: { label: 'iteration', log: true },
    y: { label: 'mean squared error', log: true },
    layers: [
      line({ x: shown.map(({ t }) => t), y: shown.map(({ loss }) => loss), color }),
      points({ x: theirs.map(([t]) => Number(t)), y: theirs.map(([, [loss]]) => loss), shape: 'cross', color }),
    ],
  })
}

function entryPanel(title: string, { records }: RunResult, of: 'V' | 'W'): Panel {
  const drawn = records.filter((record) => record[of].entries !== undefined)
  return panel({
    title,
    x: { label: 'layer k' },
    y: {},
    layers: drawn.map((record, i) => {
      const color = TIMES[CURVES.length === drawn.length ? i : i % TIMES.length] ?? 'grey'
      return layers(record[of].entries ?? [], color, `t = ${record.t.toLocaleString('en')}`)
    }),
  })
}

function layers(y: readonly number[], color: Color, label?: string) {
  return line({ x: y.map((_, k) => k + 1), y, color, width: 1.4, ...(label === undefined ? {} : { label }) })
}

/** Starts that differ, and the counter-example. */
export function startFigure(results: Results): string | undefined {
  const panels = [...startPanels(results), ...counterPanel(results)]
  if (panels.length === 0) return undefined
  return figure({
    title: 'What starts smooth stays smooth; what does not, does not become so; and ReLU can lose it',
    subtitle:
      'One entry of every V against the layer, trained from V = 0 with GELU, beside the same entry of W at the start. Right: the weights of the paper’s counter-example, one for each layer.',
    columns: panels.length,
    width: panels.length > 2 ? 1240 : 960,
    panels,
    footer:
      'Starts as Marion et al. 2024, section 3: the same W in every layer; Gaussian processes over the depth with length scale 1/4; independent layers. L = 64, n = 100, m = 32, learning rate 0.01 L. Counter-example: appendix 10.',
  })
}

function startPanels(results: Results): Panel[] {
  const titles = { tied: 'tied', smooth: 'Gaussian process', independent: 'independent' } as const
  return (['tied', 'smooth', 'independent'] as const).flatMap((start) => {
    const run = results.start('gelu', start)
    const [before, after] = run?.records.filter(({ W }) => W.entries !== undefined) ?? []
    if (before === undefined || after === undefined) return []
    return [
      panel({
        title: `Start: ${titles[start]}`,
        x: { label: 'layer k' },
        y: {},
        layers: [
          layers(before.W.entries ?? [], 'grey', 'W, start'),
          layers(after.V.entries ?? [], 'blue', `V, T = ${after.t}`),
        ],
      }),
    ]
  })
}

function counterPanel(results: Results): Panel[] {
  const found = results.counter(COUNTER[1])
  if (found === undefined) return []
  const y = found.weights
  const x = y.map((_, k) => k + 1)
  const before = y.map((_, k) => (k % 2 === 0 ? -1 : 1) / found.layers)
  return [
    panel({
      title: 'ReLU counter-example: odd layers stay',
      x: { label: 'layer k' },
      y: {},
      layers: [
        points({ x, y: before, radius: 1.6, label: 'start', color: 'grey' }),
        line({ x, y, width: 0.8, color: 'orange' }),
        points({ x, y, radius: 1.8, label: 'trained', color: 'orange' }),
      ],
    }),
  ]
}
