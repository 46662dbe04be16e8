/** The figures of the large-depth experiments: neighbouring layers over the depth, and the distance to the limit. */

import { figure, heat, line, type Panel, panel, points } from '../../plot/index.ts'
import type { LimitResult } from './resnet-limit.ts'
import { ACTIVATIONS, CONVENTIONS, LONG, SHORT } from './resnet-plans.ts'
import { DEPTH } from './resnet-published.ts'
import { type AtDepth, at, depthSlope, limitSlope, type Results } from './resnet-results.ts'
import type { RunResult } from './resnet-run.ts'

export const NAMES = { gelu: 'GELU', relu: 'ReLU' } as const
export const COLORS = { gelu: 'blue', relu: 'orange' } as const
const SCALINGS = { code: 'scaling of the published code', paper: 'scaling of the paper' } as const

/** Figure 1, left. */
export function depthFigure(results: Results): string {
  const panels = CONVENTIONS.map((convention) => maximaPanel(results, convention))
  const slopes = ACTIVATIONS.map((activation) => {
    const both = CONVENTIONS.map((one) => depthSlope(results.depths(activation, one), (run) => at(run, SHORT)?.max))
    return `${NAMES[activation]} ${range(both.filter(Number.isFinite))}`
  })
  return figure({
    title: 'Neighbouring layers of a trained residual network differ by O(1/L)',
    subtitle: `Slopes over L at T = ${SHORT}: ${slopes.join(', ')}. The quantity that the published code adds up over layers falls with 1/√L only.`,
    columns: 3,
    width: 1080,
    panels: [...panels, sumPanel(results)],
    footer:
      'Marion et al. 2024, figure 1, left: n = 100, d = 16, m = 32, gradient descent with learning rate 0.01 L. Grey: lines of slope −1 and −1/2. Crosses: numpy, other data and weights.',
  })
}

const range = (values: readonly number[]): string =>
  values.length === 0 ? '-' : `${minus(Math.min(...values))} to ${minus(Math.max(...values))}`
const minus = (value: number): string => value.toFixed(2).replace('-', '−')

function maximaPanel(results: Results, convention: (typeof CONVENTIONS)[number]): Panel {
  const all = ACTIVATIONS.map((activation) => [activation, results.depths(activation, convention)] as const)
  const times = [SHORT, LONG].filter((t) => all.some(([, runs]) => runs.some(({ run }) => at(run, t) !== undefined)))
  const layers = all.flatMap(([activation, runs]) =>
    times.flatMap((t) => {
      const label = `${NAMES[activation]}, T = ${t}`
      return curve(runs, (run) => at(run, t)?.max, {
        label,
        color: COLORS[activation],
        dash: t === SHORT ? 'dashed' : 'solid',
      })
    }),
  )
  const guides = times.map((t) => guide(all[0]?.[1] ?? [], (run) => at(run, t)?.max, -1))
  const theirs = ACTIVATIONS.map((activation) => {
    const table = Object.entries(DEPTH[`${activation}-${convention}`] ?? {})
    const found = times.flatMap((t) =>
      table.flatMap(([L, values]) => {
        const value = t === SHORT ? values[0] : values[2]
        return value === undefined ? [] : [[Number(L), value] as const]
      }),
    )
    const [x, y] = [found.map(([L]) => L), found.map(([, value]) => value)]
    return points({ x, y, shape: 'cross', radius: 3, color: COLORS[activation] })
  })
  return panel({
    title: `Largest step between layers, ${SCALINGS[convention]}`,
    x: { label: 'depth L', log: true },
    y: { label: 'max over k and t ≤ T', log: true },
    layers: [...guides, ...layers, ...theirs],
  })
}

function sumPanel(results: Results): Panel {
  const all = ACTIVATIONS.map((activation) => [activation, results.depths(activation, 'code')] as const)
  const layers = all.flatMap(([activation, runs]) =>
    curve(runs, (run) => at(run, SHORT)?.sum, { label: NAMES[activation], color: COLORS[activation] }),
  )
  const slope = depthSlope(all[0]?.[1] ?? [], (run) => at(run, SHORT)?.sum)
  return panel({
    title: `What the published code plots: slope ${minus(slope)}`,
    x: { label: 'depth L', log: true },
    y: { label: `√ΣΣ|Z(k+1) − Z(k)|², T = ${SHORT}`, log: true },
    layers: [guide(all[0]?.[1] ?? [], (run) => at(run, SHORT)?.sum, -0.5), ...layers],
  })
}

type Quantity = (run: RunResult) => number | null | undefined

/** A line with its points; where a training has no value there is a gap. */
function curve(
  runs: readonly AtDepth[],
  of: Quantity,
  style: { label: string; color: 'blue' | 'orange'; dash?: 'dashed' | 'solid' },
) {
  const x = runs.map(({ depth }) => depth)
  const y = runs.map(({ run }) => of(run) ?? Number.NaN)
  return [line({ x, y, ...style }), points({ x, y, radius: 2.4, color: style.color })]
}

/** A straight line of a slope, a little above the values it stands for. */
function guide(runs: readonly AtDepth[], of: Quantity, slope: number) {
  const x = runs.map(({ depth }) => depth)
  const found = runs.flatMap(({ depth, run }) =>
    typeof of(run) === 'number' ? [(of(run) as number) / depth ** slope] : [],
  )
  const level = 1.7 * Math.max(...found)
  return line({ x, y: x.map((depth) => level * depth ** slope), color: 'grey', dash: 'dotted', width: 1.2 })
}

/** The first of the times with a distance: from V = 0 the first step is the same in all layers of all depths. */
const FIRST = 2

/** Figure 1, right. */
export function limitFigure(results: Results): string | undefined {
  const found = ACTIVATIONS.flatMap((activation) => CONVENTIONS.flatMap((one) => results.limit(activation, one) ?? []))
  if (found.length === 0) return undefined
  const values = found.flatMap(({ theorem }) => theorem.slice(FIRST).flatMap((row) => row.map(({ V }) => V)))
  const domain = [Math.min(...values), Math.max(...values)] as const
  return figure({
    title: 'The trained layers converge to a function of depth, with an error of O(1/L)',
    subtitle: `Distance of V to the same training with ${found[0]?.reference} layers, in L²([0, 1]), over depth and iterations; below, at the last iteration.`,
    columns: found.length,
    width: found.length > 2 ? 1240 : 960,
    panels: [...found.map((one) => heatPanel(one, domain)), ...found.map(distancePanel)],
    footer:
      'Marion et al. 2024, figure 1, right: n = 100, d = 16, m = 32, learning rate 0.01 L. Layers are compared as in Theorem 4: Z(s) is layer ⌊(L − 1)s⌋ + 1. All in f32, whose rounding over so many layers is the floor near 1e-5. Grey: slope −1.',
  })
}

function heatPanel(
  { activation, convention, depths, times, theorem }: LimitResult,
  domain: readonly [number, number],
): Panel {
  const [x, y] = [edges(depths), edges(times.slice(FIRST))]
  return panel({
    title: `${NAMES[activation]}, ${SCALINGS[convention]}`,
    x: { label: 'depth L', log: true, domain: ends(x) },
    y: { label: 'iteration', log: true, domain: ends(y) },
    layers: [
      heat({
        x,
        y,
        values: theorem.slice(FIRST).flatMap((row) => row.map(({ V }) => V)),
        domain,
        log: true,
      }),
    ],
  })
}

/** Halfway between the places on a logarithmic axis. */
function edges(places: readonly number[]): number[] {
  const between = places.slice(1).map((place, i) => Math.sqrt(place * (places[i] as number)))
  const [first, last] = [places[0] as number, places.at(-1) as number]
  return [first ** 2 / (between[0] as number), ...between, last ** 2 / (between.at(-1) as number)]
}

const ends = (places: readonly number[]): readonly [number, number] => [places[0] as number, places.at(-1) as number]

function distancePanel(found: LimitResult): Panel {
  const { depths, times, theorem } = found
  const i = times.length - 1
  const row = theorem[i] ?? []
  const [V, W] = [row.map((distance) => distance.V), row.map((distance) => distance.W)]
  const level = 1.6 * (V[2] as number) * (depths[2] as number)
  const slope = (of: 'V' | 'W'): string => minus(limitSlope(found, i, 'theorem', of))
  return panel({
    title: `T = ${times[i]}`,
    x: { label: 'depth L', log: true },
    y: { label: 'distance', log: true },
    layers: [
      line({ x: depths, y: depths.map((depth) => level / depth), color: 'grey', dash: 'dotted', width: 1.2 }),
      line({ x: depths, y: V, label: `V, slope ${slope('V')}`, color: 'green' }),
      points({ x: depths, y: V, radius: 2.4, color: 'green' }),
      line({ x: depths, y: W, label: `W, slope ${slope('W')}`, color: 'purple' }),
      points({ x: depths, y: W, radius: 2.4, color: 'purple' }),
    ],
  })
}
