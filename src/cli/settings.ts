/** The settings of a fit: all that decides its result, and nothing else. Model files and checkpoints hold them. */

import type { Activation, Dtype, Loss, Tableau } from '../index.ts'
import { compile, huber, mae, mse } from '../index.ts'
import { activationIds } from '../program/builder.ts'
import { tableaus } from '../tableaus/all.ts'

export type Scale = 'standardise' | 'none'
export const scales: readonly Scale[] = ['standardise', 'none']
export type Baseline = 'lotka-volterra'
export const baselines: readonly Baseline[] = ['lotka-volterra']
export const dtypes: readonly Dtype[] = ['f32', 'f64']
export const activations: readonly Activation[] = Object.keys(activationIds) as Activation[]
/** Methods with an error estimate: what a fixed step would be, the record cannot say. */
export const solvers: Readonly<Record<string, Tableau>> = Object.fromEntries(
  Object.entries(tableaus).filter(([, tableau]) => compile(tableau).adaptive),
)
/** Losses of measured values; classes are not measured. */
export const lossesByName: Readonly<Record<string, Loss>> = { huber, mae, mse }

/** The keys are the names of the options. */
export interface FitSettings {
  readonly time: string
  readonly state: readonly string[]
  /** Column that tells the series apart; null: one series. */
  readonly series: string | null
  /** Columns that are fitted by their logarithms. */
  readonly log: readonly string[]
  readonly scale: Scale
  readonly hidden: readonly number[]
  readonly activation: Activation
  readonly dtype: Dtype
  readonly solver: string
  readonly rtol: number
  readonly atol: number
  readonly epochs: number
  readonly lr: number
  readonly loss: string
  readonly seed: number
  /** Last time of the part that a second model is fitted to. */
  readonly holdout: number | null
  readonly baseline: Baseline | null
}

/** A setting as it is written on the command line. */
export function showSetting(name: string, value: unknown): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return `no --${name}`
  return `--${name} ${Array.isArray(value) ? value.join(',') : String(value)}`
}
