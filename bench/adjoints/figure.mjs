import { colors, figure, line, panel, points } from 'relode/plot'

// In memory the last two coincide: the marks of one must show behind those of the other.
const MODES = [
  ['checkpoint', 'circle', 3],
  ['reversible', 'square', 5],
  ['backsolve', 'triangle', 3],
]

/** Error, memory and evaluations of each mode over the number of steps. */
export function draw(rows) {
  const layers = (of) =>
    MODES.flatMap(([kind, shape, radius], i) => {
      const own = rows.filter((row) => row.kind === kind)
      const curve = { x: own.map(({ size }) => size), y: own.map(of), label: kind, color: colors[i] }
      return [line(curve), points({ ...curve, shape, radius })]
    })
  const x = { label: 'steps', log: true }
  return figure({
    title: 'Three ways to take a gradient',
    subtitle:
      "torchdiffeq's spiral, 16 rows, fixed steps of rk4 in f64; against the gradient of the equation to 15 digits",
    columns: 3,
    width: 1000,
    panels: [
      panel({
        title: 'Error against the true gradient',
        x,
        y: { label: 'relative error', log: true },
        layers: layers(({ error }) => error),
      }),
      panel({ title: 'Memory', x, y: { label: 'bytes', log: true }, layers: layers(({ bytes }) => bytes) }),
      panel({
        title: 'Work',
        x,
        y: { label: 'evaluations of the field a step, both ways', domain: [0, 24] },
        layers: layers(({ size, nfe }) => nfe / size),
      }),
    ],
  })
}
