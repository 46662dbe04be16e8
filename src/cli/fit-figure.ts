/** figure.svg: the record and the fitted curves, the forecast, the phase plane, and the training. */

import { figure, line, type Panel, panel, rule, span } from '../plot/index.ts'
import { phasePanel } from './phase-plane.ts'
import { type Outcome, showError, unitsOf } from './report.ts'
import type { Fitted } from './tasks.ts'
import { timePanels } from './time-panels.ts'

/** Points of a loss curve, at most. */
const POINTS = 800
const WIDTH = 1080

export function fitFigure(outcome: Outcome): string {
  const { settings, data } = outcome
  const phase = phasePanel(outcome)
  const loss = lossPanel(outcome)
  const whole = timePanels(outcome, { title: 'The whole record', fits: part(outcome, true), shade: [] }, 2)
  const forecast = forecastPanels(outcome)
  // Time runs along two of three columns; where every state has a panel of its own, the rest goes below.
  const pairs = whole.length === 1 && forecast.length === 1
  const panels = pairs ? [...whole, phase, ...forecast, loss] : [...whole, ...forecast, phase, loss]
  const widths = [data.columns.length, ...settings.hidden, data.columns.length].join('–')
  const field = `dy/dt = MLP ${widths} (${settings.activation}, ${settings.dtype}, seed ${settings.seed})`
  return figure({
    ...titles(outcome),
    columns: pairs ? 3 : 2,
    width: WIDTH,
    panels,
    footer: `${data.source}. ${field}; ${settings.solver}, rtol ${settings.rtol}, atol ${settings.atol}; ${settings.epochs} epochs.`,
  })
}

function titles({ data, settings, errors }: Outcome): { title: string; subtitle: string } {
  const names = [data.columns.slice(0, -1).join(', '), data.columns.at(-1)].filter((name) => name !== '').join(' and ')
  const rows = data.series.reduce((total, { times }) => total + times.length, 0)
  const many = data.series.length > 1 ? ` of ${data.series.length} series` : ''
  const versus = errors.baseline === undefined ? '' : `; Lotka–Volterra: ${showError(errors.baseline)}`
  const forecast = errors.forecast === undefined ? '' : ` A second fit sees the record up to ${settings.holdout} only.`
  const origin = `${Math.min(...data.series.map(({ times }) => times[0] as number))}`
  const end = `${Math.max(...data.series.map(({ times }) => times.at(-1) as number))}`
  return {
    title: `A neural ODE fits ${names}, ${origin}–${end}, with an RMSE of ${showError(errors.fit)}${versus}`,
    subtitle: `Root mean square errors over ${rows} rows${many}, in ${unitsOf(settings)}.${forecast}`,
  }
}

function part({ fitted }: Outcome, whole: boolean): Fitted[] {
  return fitted.filter(({ task }) => Number.isFinite(task.until) !== whole)
}

function forecastPanels(outcome: Outcome): Panel[] {
  const { settings, data, errors } = outcome
  if (settings.holdout === null || errors.forecast === undefined) return []
  const last = Math.max(...data.series.map(({ times }) => times.at(-1) as number))
  const baseline = errors.baselineForecast
  const versus = baseline === undefined ? '' : `; Lotka–Volterra: ${showError(baseline)}`
  const title = `Fitted up to ${settings.holdout}, the forecast has an RMSE of ${showError(errors.forecast)}${versus}`
  const shade = [span({ x0: settings.holdout, x1: last, label: 'not seen by the fit' })]
  return timePanels(outcome, { title, fits: part(outcome, false), shade }, 2)
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
