import { colors, figure, heat, line, panel, points } from 'relode/plot'
import { kinds, unseen } from './measure.mjs'

const NAMES = { composition: 'Composition', residual: 'Residual network', ode: 'ODE', equilibrium: 'Equilibrium' }
const SHAPES = ['circle', 'square', 'triangle', 'diamond']
const SIDE = 48
const REACH = 1.1

/** P(second spiral) - P(first), on a grid. */
function plane(model) {
  const axis = Array.from({ length: SIDE }, (_, i) => REACH * ((2 * i + 1) / SIDE - 1))
  const y = model.forward(Float32Array.from(axis.flatMap((b) => axis.flatMap((a) => [a, b]))))
  const values = Array.from({ length: SIDE * SIDE }, (_, i) => Math.tanh((y[2 * i + 1] - y[2 * i]) / 2))
  return heat({ x: axis, y: axis, values, domain: [-1, 1], ramp: 'diverging' })
}

function arms() {
  const of = (arm, axis) => Array.from({ length: 60 }, (_, i) => unseen.x[2 * (2 * i + arm) + axis])
  return [0, 1].map((arm) =>
    points({ x: of(arm, 0), y: of(arm, 1), radius: 1.6, shape: arm ? 'square' : 'circle', color: 'grey' }),
  )
}

const curve = (kind, x, y) => {
  const named = { label: NAMES[kind], color: colors[kinds.indexOf(kind)] }
  return [line({ x, y, ...named }), points({ x, y, ...named, shape: SHAPES[kinds.indexOf(kind)] })]
}

export function draw({ models, cross, near, bytes }) {
  const domain = [-REACH, REACH]
  const planes = kinds.map((kind) =>
    panel({
      title: `${NAMES[kind]}: ${(100 * cross[kind][kind]).toFixed(1)} %`,
      x: { domain },
      y: { domain },
      layers: [plane(models[kind]), ...arms()],
    }),
  )
  const nearer = panel({
    title: 'The block trained as equilibrium, at each depth',
    columns: 2,
    x: { label: 'evaluations of the block', log: true },
    y: { label: 'distance of the outputs from the equilibrium', log: true },
    layers: kinds.flatMap((kind) => {
      const shown = near[kind].filter(({ distance }) => distance > 0)
      return curve(
        kind,
        shown.map(({ nfe }) => nfe),
        shown.map(({ distance }) => distance),
      )
    }),
  })
  const kept = panel({
    title: 'Memory of a gradient, 100 rows',
    columns: 2,
    x: { label: 'depth: times r, time T (2T steps), time T', log: true },
    y: { label: 'bytes', log: true },
    layers: kinds.flatMap((kind) =>
      curve(
        kind,
        bytes[kind].map(({ depth }) => depth),
        bytes[kind].map(({ gradient }) => gradient),
      ),
    ),
  })
  return figure({
    title: 'One block, four depths',
    subtitle:
      'Two spirals, 400 points to learn from. The same block from the same start, trained at each depth; share of 1000 other points on the right spiral',
    columns: 4,
    width: 1100,
    panels: [...planes, nearer, kept],
  })
}
