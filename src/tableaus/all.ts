/**
 * Every Runge-Kutta method in one record, for tests, benches and the command line. The library itself must not import this file:
 * a bundle holds only the methods it names.
 */

import * as methods from './index.ts'
import type { Tableau } from './tableau.ts'

const all: Readonly<Record<string, object>> = methods

export const tableaus: Readonly<Record<string, Tableau>> = Object.fromEntries(
  Object.entries(all).filter((entry): entry is [string, Tableau] => 'dense' in entry[1] && !('compile' in entry[1])),
)
