/** Marion et al. 2024, "Implicit regularization of deep residual networks towards neural ODEs" (arXiv 2309.01213), section 5.1. */

import type { Experiment, Report } from './experiment.ts'
import { depthFigure, limitFigure } from './resnet-figures.ts'
import { longFigure, startFigure } from './resnet-layer-figures.ts'
import { ACTIVATIONS, CONVENTIONS, LONG, resnetTasks, SHORT } from './resnet-plans.ts'
import { at, depthSlope, limitSlope, Results } from './resnet-results.ts'
import { resnetText } from './resnet-tables.ts'

export const resnet: Experiment = {
  description: 'residual networks that become neural ODEs (Marion et al. 2024)',
  tasks: resnetTasks,
  report: (all) => reportOf(all),
}

/** The report of the results there are. */
function reportOf(all: ReadonlyMap<string, unknown>): Report {
  const results = new Results(all)
  const figures = {
    'resnet-depth.svg': depthFigure(results),
    'resnet-limit.svg': limitFigure(results),
    'resnet-long.svg': longFigure(results),
    'resnet-start.svg': startFigure(results),
  }
  return {
    numbers: { slopes: slopesOf(results), results: Object.fromEntries(all) },
    figures: Object.fromEntries(
      Object.entries(figures).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    text: resnetText(results),
  }
}

/** Slopes over L from L = 4 on; null where there is nothing to fit. */
function slopesOf(results: Results): object {
  const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null)
  return Object.fromEntries(
    ACTIVATIONS.flatMap((activation) =>
      CONVENTIONS.map((convention) => {
        const runs = results.depths(activation, convention)
        const limit = results.limit(activation, convention)
        const distances = (limit?.times ?? []).map((t, i) => ({
          t,
          theoremV: orNull(limitSlope(limit as NonNullable<typeof limit>, i, 'theorem', 'V')),
          codeV: orNull(limitSlope(limit as NonNullable<typeof limit>, i, 'code', 'V')),
        }))
        const slopes = {
          [`max${SHORT}`]: orNull(depthSlope(runs, (run) => at(run, SHORT)?.max)),
          [`max${LONG}`]: orNull(depthSlope(runs, (run) => at(run, LONG)?.max)),
          [`sum${SHORT}`]: orNull(depthSlope(runs, (run) => at(run, SHORT)?.sum)),
          distances,
        }
        return [`${activation}-${convention}`, slopes]
      }),
    ),
  )
}
