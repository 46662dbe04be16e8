/** figure.svg: the record and the fitted curves, the forecast, the phase plane, and the training. */

import { figure, line, type Panel, panel, rule, span } from '../plot/index.ts'
import type { Dataset } from './dataset.ts'
import { phasePanel } from './phase-plane.ts'
import { type Outcome, type Rmse, round, unitsOf } from './report.ts'
import type { Fitted } from './tasks.ts'
import { axisGroups, timePanel } from './time-panels.ts'

/** Points of a loss curve, at most. */
const POINTS = 800
const WIDTH = 1080
/** Series drawn; more are a tangle. */
const MOST_SERIES = 24

export function fitFigure(all: Outcome): string {
  const { settings } = all
  const data = { ...all.data, series: all.data.series.slice(0, MOST_SERIES) }
  const outcome = { ...all, data }
  const groups = axisGroups(outcome)
  const [phase, loss] = [phasePanel(outcome), lossPanel(outcome)]
  const pairs = groups.map((group) => [
    wholePanel(outcome, group, groups.length),
    ...forecastPanel(outcome, group, groups.length),
  ])
  const [whole, forecast] = pairs[0] as [Panel, Panel | undefined]
  // On one axis, time runs along two of three columns; else every state has a row, and the rest goes below.
  const threeColumns = groups.length === 1 && forecast !== undefined
  const panels = threeColumns ? [whole, phase, forecast, loss] : [...pairs.flat(), phase, loss]
  const widths = [data.columns.length, ...settings.hidden, data.columns.length].join('–')
  const field = `dy/dt = MLP ${widths} (${settings.activation}, ${settings.dtype}, seed ${settings.seed})`
  return figure({
    ...titles(all, groups),
    columns: threeColumns ? 3 : 2,
    width: WIDTH,
    panels,
    footer: `${data.source}. ${field}; ${settings.solver}, rtol ${settings.rtol}, atol ${settings.atol}; ${settings.epochs} epochs.`,
  })
}

function titles(outcome: Outcome, groups: readonly (readonly number[])[]): { title: string; subtitle: string } {
  const { data, settings, errors } = outcome
  const names = [data.columns.slice(0, -1).join(', '), data.columns.at(-1)].filter((name) => name !== '').join(' and ')
  const rows = data.series.reduce((total, { times }) => total + times.length, 0)
  const many =
    data.series.length > 1
      ? ` of ${data.series.length} series${data.series.length > MOST_SERIES ? ` (${MOST_SERIES} shown)` : ''}`
      : ''
  const forecast =
    settings.holdout === null ? '' : ` A second fit sees the record up to ${settings.time} ${settings.holdout} only.`
  const found = groups.length === 1 ? ` with an RMSE of ${compare(errors.fit, errors.baseline)}` : ''
  const [first, last] = extent(data)
  return {
    title: `A neural ODE fits ${names}${found}`,
    subtitle: `${rows} rows${many}, ${settings.time} ${first}–${last}; root mean square errors in ${unitsOf(settings)}.${forecast}`,
  }
}

/** The network's error beside the baseline's, of one column or of all. */
function compare(network: Rmse, baseline: Rmse | undefined, name?: string): string {
  const [ours, theirs] = [network, baseline].map((found) => (name === undefined ? found?.all : found?.columns[name]))
  return `${round(ours ?? null)}${baseline === undefined ? '' : `; Lotka–Volterra: ${round(theirs ?? null)}`}`
}

function extent({ series }: Dataset): [number, number] {
  return [
    Math.min(...series.map(({ times }) => times[0] as number)),
    Math.max(...series.map(({ times }) => times.at(-1) as number)),
  ]
}

function part({ fitted }: Outcome, whole: boolean): Fitted[] {
  return fitted.filter(({ task }) => Number.isFinite(task.until) !== whole)
}

function wholePanel(outcome: Outcome, group: readonly number[], groups: number): Panel {
  const { data, errors } = outcome
  const name = data.columns[group[0] as number] as string
  const title = groups === 1 ? 'The whole record' : `${name}: RMSE ${compare(errors.fit, errors.baseline, name)}`
  const columns = groups === 1 ? 2 : 1
  return timePanel(outcome, { title, fits: part(outcome, true), shade: [], domain: extent(data), columns }, group)
}

function forecastPanel(outcome: Outcome, group: readonly number[], groups: number): Panel[] {
  const { settings, data, errors } = outcome
  if (settings.holdout === null || errors.forecast === undefined) return []
  const domain = extent(data)
  const name = data.columns[group[0] as number] as string
  const title =
    groups === 1
      ? `Fitted up to ${settings.holdout}, the forecast has an RMSE of ${compare(errors.forecast, errors.baselineForecast)}`
      : `${name}: forecast from ${settings.holdout}, RMSE ${compare(errors.forecast, errors.baselineForecast, name)}`
  const shade = [span({ x0: settings.holdout, x1: domain[1], label: 'not seen by the fit' })]
  const columns = groups === 1 ? 2 : 1
  return [timePanel(outcome, { title, fits: part(outcome, false), shade, domain, columns }, group)]
}

/** The loss of the network; where windows get longer, it starts anew. */
function lossPanel({ fitted, settings }: Outcome): Panel {
  const { history, phases } = (fitted[0] as Fitted).result
  const stride = Math.ceil(history.length / POINTS)
  const x = history.flatMap((_, i) => (i % stride === 0 || i === history.length - 1 ? [i + 1] : []))
  const y = x.map((epoch) => positive(history[epoch - 1]))
  const rules = phases.slice(1).map(({ from, window }, i) => {
    return rule({ x: from, label: i === phases.length - 2 ? 'whole' : String(window) })
  })
  return panel({
    title: phases.length > 1 ? `Loss (${settings.loss}) on ever longer windows` : `Loss (${settings.loss})`,
    x: { label: phases.length > 1 ? 'epoch (above: rows in a window)' : 'epoch' },
    y: { log: true },
    layers: [line({ x, y, width: 1.2, color: 'purple' }), ...rules],
  })
}

function positive(value = Number.NaN): number {
  return value > 0 ? value : Number.NaN
}
