import { figure, line, panel, points } from 'relode/plot'

/** How each solver looks: relode's in full lines, the others' broken. */
const LOOKS = {
  dopri5: { label: 'relode dopri5', color: 'blue' },
  tsit5: { label: 'relode tsit5', color: 'green' },
  vern7: { label: 'relode vern7', color: 'orange' },
  dopri8: { label: 'relode dopri8', color: 'purple' },
  'dopri5, hairerPI': { label: 'relode dopri5, hairerPI', color: 'blue', dash: 'dashed' },
  odex: { label: 'odex', color: 'gold', dash: 'dashed', shape: 'square' },
  dopri: { label: 'dopri', color: 'grey', dash: 'dashed', shape: 'triangle' },
  'SciPy RK45': { label: 'SciPy RK45', color: 'grey', dash: 'dotted', shape: 'diamond' },
  'SciPy DOP853': { label: 'SciPy DOP853', color: 'gold', dash: 'dotted', shape: 'diamond' },
  'diffrax dopri5': { label: 'diffrax dopri5', color: 'grey', dash: 'dashed', shape: 'square' },
  'diffrax tsit5': { label: 'diffrax tsit5', color: 'gold', dash: 'dashed', shape: 'square' },
}

/** One problem: error against the cost of each solver. An error of exactly 0 has no place on the axis. */
function diagram(name, measured, solvers, cost, label, legend) {
  const layers = solvers.flatMap((solver) => {
    const shown = (measured[solver] ?? []).filter(({ error }) => error > 0)
    if (shown.length === 0) return []
    const { shape = 'circle', dash = 'solid', ...named } = LOOKS[solver]
    const [x, y] = [shown.map(cost), shown.map(({ error }) => error)]
    return [line({ x, y, dash, width: 1.3, ...named }), points({ x, y, shape, radius: 2.6, ...named })]
  })
  return panel({ title: name, x: { label, log: true }, y: { label: 'error', log: true }, legend, layers })
}

/** Diagrams of several problems; the first one has the legend. */
function sheet(measured, names, solvers, cost, label, { title, subtitle, columns }) {
  const panels = names.map((name, i) => diagram(name, measured[name], solvers, cost, label, i === 0))
  return figure({ title, subtitle, columns, width: 1200, panels })
}

const ERROR = 'Largest error of a component at the end, relative to 1 + |y|; rtol = atol = 1e-2 to 1e-12.'
const RELODE = ['dopri5', 'tsit5', 'vern7', 'dopri8']
const micros = ({ us }) => us.median
const evaluations = ({ nfe }) => nfe

/** The figures by the name of their file. */
export function drawAll(measured) {
  const names = Object.keys(measured)
  const figures = {
    'work-precision-time.svg': sheet(measured, names, [...RELODE, 'odex', 'dopri'], micros, 'µs', {
      title: 'Error against time',
      subtitle: `${ERROR} Fields are JavaScript functions.`,
      columns: 4,
    }),
    'work-precision-nfe.svg': sheet(
      measured,
      names,
      [...RELODE, 'dopri5, hairerPI', 'odex', 'dopri', 'SciPy DOP853'],
      evaluations,
      'evaluations',
      { title: 'Error against evaluations', subtitle: ERROR, columns: 4 },
    ),
  }
  const chosen = ['LRNZ10', 'AREN', 'PLEI'].filter((name) => measured[name]?.['SciPy RK45'])
  if (chosen.length > 0) {
    const solvers = ['dopri5', 'vern7', 'SciPy RK45', 'SciPy DOP853', 'diffrax dopri5', 'diffrax tsit5']
    figures['work-precision-python.svg'] = sheet(measured, chosen, solvers, micros, 'µs', {
      title: 'Error against time: SciPy and diffrax',
      subtitle: `${ERROR} Fields are functions of the language; those of diffrax are compiled by XLA.`,
      columns: 3,
    })
  }
  return figures
}
