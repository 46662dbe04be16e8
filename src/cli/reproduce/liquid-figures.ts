/** The figures: errors of the cells, and lengths of paths. */

import { type Color, figure, line, type Panel, panel, points } from '../../plot/index.ts'
import type { Entry } from './liquid-entries.ts'
import { ACTIVATIONS, FORMS, type Form, type Probe } from './liquid-probe.ts'
import { HIDDEN } from './liquid-train.ts'

const COLORS: Readonly<Record<Form, Color>> = { 'neural ODE': 'orange', 'CT-RNN': 'green', LTC: 'blue' }

export function figures(entries: readonly Entry[], probes: readonly Probe[]): Record<string, string> {
  return { 'liquid.svg': wavesFigure(entries), 'liquid-lengths.svg': lengthsFigure(probes) }
}

function wavesFigure(entries: readonly Entry[]): string {
  const colors: readonly Color[] = ['grey', 'orange', 'green', 'purple', 'blue']
  return figure({
    title: 'Waves at irregular times: errors at a time that is asked for',
    subtitle: `All cells have ${HIDDEN} units; a dot is one training.`,
    panels: [
      panel({
        x: { label: 'parameters', log: true, domain: [200, 8000] },
        y: { label: 'test RMSE', log: true },
        layers: entries.map(({ name, runs }, i) =>
          points({
            x: runs.map(({ parameters }) => parameters),
            y: runs.map(({ rmse }) => rmse),
            color: colors[i] as Color,
            label: name,
          }),
        ),
      }),
    ],
    width: 640,
    height: 420,
    footer: 'relode reproduce liquid',
  })
}

function lengthsFigure(probes: readonly Probe[]): string {
  return figure({
    title: 'How far cells with random weights spread a circle',
    subtitle:
      'Length of the path of their states in two principal components, over that of the circle: means of 10 draws of the weights.',
    panels: ACTIVATIONS.map((activation): Panel => {
      const layers = FORMS.flatMap((form) => {
        const own = probes.filter((probe) => probe.form === form && probe.activation === activation)
        const [x, y] = [own.map(({ spread }) => spread), own.map(({ length }) => length)]
        return [line({ x, y, color: COLORS[form], label: form }), points({ x, y, color: COLORS[form], label: form })]
      })
      return panel({
        title: `f = ${activation}`,
        x: { label: 'spread of the weights', log: true },
        y: { label: 'length', log: true },
        layers,
      })
    }),
    width: 1000,
    height: 420,
    footer: 'After Hasani, Lechner, Amini, Rus, Grosu, AAAI 2021; computed by relode reproduce liquid.',
  })
}
