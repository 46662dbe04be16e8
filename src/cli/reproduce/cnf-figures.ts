/** The figures: points, samples and densities beside each other, a density over time, and the trainings. */

import { type Color, points as dots, figure, heat, line, type Panel, panel, rule } from '../../plot/index.ts'
import { points, type SetName } from './cnf-data.ts'
import { centres, type Grid, KINDS, type Kind, LABELS, TIMES } from './cnf-models.ts'
import type { Result } from './cnf-train.ts'

const COLORS: Readonly<Record<Kind, Color>> = { planar: 'purple', mlp: 'blue', layers: 'orange' }
const SOURCE = 'Chen et al. 2018, section 4; retrained by relode reproduce cnf.'
const plane = ({ half }: Grid) => ({ domain: [-half, half] }) as const

/** Of the first seed alone. `laws`: what its points held out have by the law. */
export function figures(results: readonly Result[], laws: ReadonlyMap<SetName, number>): Record<string, string> {
  const sets = [...laws.keys()]
  const of = (set: SetName): Result[] => results.filter((result) => result.set === set && result.seed === 0)
  return {
    ...Object.fromEntries(sets.map((set) => [`cnf-${set}.svg`, densities(set, of(set))])),
    ...Object.fromEntries(sets.map((set) => [`cnf-${set}-time.svg`, overTime(set, of(set))])),
    'cnf-training.svg': trainings(sets, of, laws),
  }
}

const inWords = (set: SetName): string => set.replace('-', ' ')

function cloud(title: string, values: ArrayLike<number>, color: Color, grid: Grid): Panel {
  const inside = Array.from({ length: values.length / 2 }, (_, i) => [
    values[2 * i] as number,
    values[2 * i + 1] as number,
  ])
  const shown = inside.filter((row) => row.every((v) => Math.abs(v) < grid.half))
  const layer = dots({ x: shown.map(([x]) => x as number), y: shown.map(([, y]) => y as number), color, radius: 1.2 })
  return panel({ title, x: plane(grid), y: plane(grid), layers: [layer] })
}

/** Without a key, which would make one panel narrower than the others, and circles ellipses: words say what the brightest colour is. */
function density(title: string, values: readonly number[], grid: Grid, most: number): Panel {
  const at = centres(grid)
  const layer = heat({ x: at, y: at, values: values.map((v) => Math.min(v, most)), domain: [0, most], key: false })
  return panel({ title, x: plane(grid), y: plane(grid), layers: [layer] })
}

/** The scale of the colours: what one model exaggerates must not make the others pale. */
function scaleOf(results: readonly Result[]): number {
  const peaks = results.map(({ pictures }) => Math.max(...(pictures.at(-1) ?? [])))
  return 1.2 * Math.min(...peaks)
}

const inColour = (most: number): string => `yellow is a density of ${most.toFixed(2)} and more`

function densities(set: SetName, results: readonly Result[]): string {
  const most = scaleOf(results)
  const { detail } = results[0] as Result
  const drawn = results.filter(({ samples }) => samples !== undefined)
  return figure({
    title: `The density of ${inWords(set)}, learned from points`,
    subtitle: `Above: points, and as many samples. Below: densities, with the mean log-density of points held out, in nats; ${inColour(most)}.`,
    panels: [
      cloud('points', points(set, detail.samples, 3), 'grey', detail.picture),
      ...drawn.map(({ kind, samples = [] }) =>
        cloud(`samples: ${LABELS[kind]}`, samples, COLORS[kind], detail.picture),
      ),
      ...results.map(({ kind, pictures, nats }) =>
        density(`${LABELS[kind]}: ${nats.toFixed(3)}`, pictures.at(-1) ?? [], detail.picture, most),
      ),
    ],
    columns: drawn.length + 1,
    width: 380 * (drawn.length + 1),
    height: 860,
    footer: SOURCE,
  })
}

function overTime(set: SetName, results: readonly Result[]): string {
  const flows = results.filter(({ pictures }) => pictures.length > 1)
  const most = scaleOf(flows)
  return figure({
    title: `From a normal density to ${inWords(set)}`,
    subtitle: `${flows.map(({ kind }, i) => `Row ${i + 1}: ${LABELS[kind]}`).join('. ')}; ${inColour(most)}.`,
    panels: flows.flatMap(({ pictures, detail }) =>
      pictures.map((picture, i) =>
        density(
          i === 0 ? 'the base' : i === TIMES.length - 1 ? 'the data' : `${TIMES[i]} of the time`,
          picture,
          detail.picture,
          most,
        ),
      ),
    ),
    columns: TIMES.length,
    width: 1280,
    height: 270 * flows.length + 90,
    footer: SOURCE,
  })
}

function trainings(
  sets: readonly SetName[],
  of: (set: SetName) => Result[],
  laws: ReadonlyMap<SetName, number>,
): string {
  return figure({
    title: 'The trainings',
    subtitle:
      'Mean log-density of the fresh points of each step, in nats. Level line: that of the law the points are drawn from.',
    panels: sets.map((set) => {
      const results = [...of(set)].sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind))
      const lines = results.map(({ kind, course }) =>
        line({
          x: course.map(({ step }) => step),
          y: course.map(({ nats }) => nats),
          color: COLORS[kind],
          label: LABELS[kind],
        }),
      )
      const law = laws.get(set) as number
      const all = results.flatMap(({ course }) => course.map(({ nats }) => nats))
      return panel({
        title: inWords(set),
        x: { label: 'step' },
        y: { label: 'nats', domain: [Math.max(Math.min(...all), law - 2), law + 0.1] },
        layers: [...lines, rule({ y: law })],
      })
    }),
    width: 960,
    footer: SOURCE,
  })
}
