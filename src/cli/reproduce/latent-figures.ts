/** The figures: errors against the number of points that are seen, and some spirals as they are continued. */

import { type Color, figure, type Layer, line, type Panel, panel, points } from '../../plot/index.ts'
import { type Entry, groupsOf, PAPER } from './latent-entries.ts'
import type { Cell, Picture } from './latent-train.ts'

const MODELS: readonly (readonly [Cell['model'], Color])[] = [
  ['RNN', 'orange'],
  ['latent ODE', 'blue'],
]
const SOURCE =
  'Chen, Rubanova, Bettencourt, Duvenaud, NeurIPS 2018, section 5 and table 2; retrained by relode reproduce latent-ode.'

export function figures(entries: readonly Entry[]): Record<string, string> {
  return { 'latent-ode.svg': errorsFigure(entries), 'latent-ode-spirals.svg': spiralsFigure(entries) }
}

function errorsFigure(entries: readonly Entry[]): string {
  const layers = MODELS.flatMap(([model, color]): Layer[] => {
    const own = entries.filter(({ cell }) => cell.model === model)
    const groups = groupsOf(own)
    const x = groups.map(({ count }) => count)
    const theirs = x.map((count) => PAPER[model][count] ?? Number.NaN)
    return [
      line({ x, y: groups.map(({ mean }) => mean), color, label: model }),
      points({ x: own.map(({ cell }) => cell.count), y: own.map(({ result }) => result.rmse), color, label: model }),
      line({ x, y: theirs, color, dash: 'dashed', width: 1.2 }),
    ]
  })
  return figure({
    title: 'Spirals: errors of the next 100 points',
    subtitle:
      'Of the first 100, with noise of deviation 0.3, some are seen. A dot a seed. Dashed: the values of the paper.',
    panels: [panel({ x: { label: 'points seen of 100', domain: [20, 110] }, y: { label: 'RMSE', log: true }, layers })],
    width: 640,
    height: 420,
    footer: SOURCE,
  })
}

function spiralsFigure(entries: readonly Entry[]): string {
  const fewest = Math.min(...entries.map(({ cell }) => cell.count))
  const shown = MODELS.flatMap(([model, color]) => {
    const own = entries.find(({ cell }) => cell.model === model && cell.count === fewest)
    return own === undefined ? [] : own.result.pictures.map((picture) => drawn(picture, model, color))
  })
  return figure({
    title: `Spirals of which ${fewest} of 100 points are seen, and how they go on`,
    subtitle:
      'Grey: the spiral. Dots: what was seen. The latent ODE draws the window and the next 100 points, the RNN those behind it.',
    panels: shown,
    columns: shown.length / MODELS.length,
    width: 1080,
    height: 620,
    footer: SOURCE,
  })
}

function drawn({ seen, truth, path }: Picture, model: string, color: Color): Panel {
  const [x, y] = [0, 1].map((j) => (list: Picture['seen']) => list.map((point) => point[j] as number)) as [
    (list: Picture['seen']) => number[],
    (list: Picture['seen']) => number[],
  ]
  // The path goes on where the spiral ends: what is shown is what is asked for.
  const end = truth.length - (200 - path.length)
  const asked = path.slice(0, end)
  return panel({
    title: model,
    x: {},
    y: {},
    layers: [
      line({ x: x(truth), y: y(truth), color: 'grey', width: 3 }),
      line({ x: x(asked), y: y(asked), color }),
      points({ x: x(seen), y: y(seen), color: 'green' }),
    ],
  })
}
