/** relode info */

import type { Field, NeuralODE } from '../index.ts'
import { type Description, loadModel } from './model-file.ts'
import { type Rmse, round, unitsOf } from './report.ts'
import type { Column } from './scaling.ts'
import { count } from './status-line.ts'

export function info(given: string, options: { readonly json?: boolean }): void {
  const { path, node, description } = loadModel(given)
  const { field, solverOptions } = node
  const { solver, ...tolerances } = solverOptions
  if (options.json) {
    const document = {
      model: path,
      kind: 'neural-ode',
      dtype: field.dtype,
      parameters: field.parameterCount,
      layers: layers(field),
      solver: solver?.name ?? 'dopri5',
      ...tolerances,
      ...(description === undefined ? {} : { record: description }),
    }
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`)
    return
  }
  const rows = [...general(node), ...(description === undefined ? [] : recorded(description))]
  const width = Math.max(...rows.map(([name]) => name.length))
  process.stdout.write(`${path}\n${rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}\n`).join('')}`)
}

function general({ field, solverOptions }: NeuralODE): [string, string][] {
  const { solver, ...rest } = solverOptions
  const options = Object.entries(rest).map(([name, value]) => `, ${name} ${String(value)}`)
  return [
    ['kind', `neural ODE, ${field.dtype}, ${field.parameterCount} parameters`],
    ['layers', layers(field).join(', ')],
    ['solver', `${solver?.name ?? 'dopri5'}${options.join('')}`],
  ]
}

/** The field's program, a dense layer as its widths and activation. */
function layers(field: Field): string[] {
  const widths = field.specs.filter(({ shape }) => shape.length === 2).map(({ shape }) => shape)
  let dense = 0
  return field.calls.map(([method, , width, options]) => {
    if (method !== 'dense') return method
    const { activation = 'identity' } = (options ?? {}) as { activation?: string }
    return `${widths[dense++]?.[1]} -> ${String(width)} ${activation}`
  })
}

function recorded({
  time,
  unit,
  columns,
  series,
  source,
  missing,
  settings,
  training,
  errors,
}: Description): [string, string][] {
  const rows = series.reduce((total, one) => total + one.rows, 0)
  const [first, last] = [Math.min(...series.map((s) => s.origin)), Math.max(...series.map((s) => s.end))]
  const { epochs, lr, loss, seed } = settings
  return [
    ['time', `${time}, unit ${unit}`],
    ['columns', columns.map(showColumn).join(', ')],
    [
      'record',
      `${source}: ${series.length} series, ${rows} rows, ${time} ${first} to ${last}, ${missing} missing values`,
    ],
    [
      'training',
      `${epochs} epochs, lr ${lr}, loss ${loss} ${round(training.loss)}, seed ${seed}, NFE ${count(training.nfe)}`,
    ],
    [`RMSE`, `${showRmse(errors.fit)} (${unitsOf(settings)})`],
    ...(errors.forecast === undefined
      ? []
      : [
          ['forecast', `${showRmse(errors.forecast)} after ${settings.holdout}, by a second model`] as [string, string],
        ]),
  ]
}

function showColumn({ name, log, mean, sd }: Column): string {
  return `${name} (${log ? 'log, ' : ''}mean ${round(mean)}, sd ${round(sd)})`
}

function showRmse({ columns, all }: Rmse): string {
  return [...Object.entries(columns), ['all', all] as const]
    .map(([name, value]) => `${name} ${round(value)}`)
    .join(', ')
}
