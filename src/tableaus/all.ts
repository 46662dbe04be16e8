/**
 * Every method in one record, for tests, benches and the command line. The library itself must not import this file: a bundle
 * holds only the methods it names.
 */

import * as methods from './index.ts'
import type { Tableau } from './tableau.ts'

export const tableaus: Readonly<Record<string, Tableau>> = { ...methods }
