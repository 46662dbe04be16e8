// A figure as SVG text: a solution over time and in the phase plane, readable in light and dark.
import { odeint } from 'relode'
import { figure, line, panel } from 'relode/plot'

const t = Float64Array.from({ length: 201 }, (_, i) => i / 10)
const { ys } = odeint((_, [u, v]) => [v, (1 - u * u) * v - u], [0.1, 0], t)
const [u, v] = [ys.map((y) => y[0]), ys.map((y) => y[1])]
const svg = figure({
  title: 'Van der Pol oscillator',
  panels: [
    panel({ x: { label: 't' }, y: { label: 'u' }, layers: [line({ x: t, y: u })] }),
    panel({ x: { label: 'u' }, y: { label: 'v' }, layers: [line({ x: u, y: v })] }),
  ],
})
console.log(svg.length, svg.slice(0, 60))
