/** Tables of the trained cells and of the probe, and all numbers. */

import { align } from '../report.ts'
import type { Report } from './experiment.ts'
import { type Entry, entriesOf, meanOf } from './liquid-entries.ts'
import { figures } from './liquid-figures.ts'
import { FORMS, type Probe, SPREADS } from './liquid-probe.ts'
import { type Cell, PROBE } from './liquid-train.ts'

export function reportOf(cells: readonly Cell[], results: ReadonlyMap<string, unknown>): Report {
  const entries = entriesOf(cells, results)
  const probes = results.get(PROBE) as Probe[]
  return {
    numbers: { waves: entries.map(numbersOf), probes },
    figures: figures(entries, probes),
    text: `${waveTable(entries)}\n\n${probeTable(probes)}`,
  }
}

function numbersOf({ cell: { seed: _, ...settings }, runs }: Entry): object {
  return {
    ...settings,
    parameters: runs[0]?.parameters,
    rmse: meanOf(runs),
    runs: runs.map(({ loss, rmse }) => ({ loss, rmse })),
  }
}

function waveTable(entries: readonly Entry[]): string {
  const body = entries.map(({ name, runs }) => {
    const errors = runs.map(({ rmse }) => rmse)
    const [low, high] = [Math.min(...errors), Math.max(...errors)].map((v) => v.toFixed(4))
    return [name, meanOf(runs).toFixed(4), `${low} to ${high}`, String(runs[0]?.parameters)]
  })
  const { cell, runs } = entries[0] as Entry
  const head = ['cell', 'test RMSE', 'of the seeds', 'parameters']
  return `Waves at irregular times (${cell.series} series, ${cell.epochs} epochs, means of ${runs.length})\n${align([head, ...body])}`
}

function probeTable(probes: readonly Probe[]): string {
  const activations = [...new Set(probes.map(({ activation }) => activation))]
  const head = ['f', 'cell', ...SPREADS.map((spread) => `spread ${spread}`)]
  const body = activations.flatMap((activation) =>
    FORMS.map((form) => {
      const own = probes.filter((probe) => probe.activation === activation && probe.form === form)
      return [activation, form, ...own.map(({ length }) => length.toPrecision(3))]
    }),
  )
  return `Length of the path of the states in two components, over that of the circle that goes in\n${align([head, ...body])}`
}
