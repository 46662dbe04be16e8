/** How large the networks are: those of the paper's theorems, and those that are built here. */

import { approximate } from '../../theory/index.ts'
import type { Form } from '../../theory/machine.ts'

/** Sizes of g for functions of d variables. */
export interface Size {
  readonly network: string
  readonly d: number
  readonly width: number
  readonly depth: number
  readonly state: number
  /** As a formula in r. */
  readonly compositions: string
  readonly parameters: number
}

// Zhang, Lu, Zhao 2023: Theorem 1.1 (error in L^p) and Theorem 1.3 (sup error), as in docs/theory.md.
const PAPER: readonly { network: string; of: (d: number) => Omit<Size, 'network' | 'd' | 'parameters'> }[] = [
  {
    network: 'paper, L^p',
    of: (d) => ({ width: 69 * d + 48, depth: 5, state: 5 * d + 5, compositions: '3r + 1' }),
  },
  {
    network: 'paper, sup',
    of: (d) => ({
      width: 4 ** (d + 5) * d,
      depth: 3 + 2 * d,
      state: 3 ** d * (5 * d + 4) - 1,
      compositions: `3r + ${2 * d - 1}`,
    }),
  },
]

/** Weights and biases of a dense network state -> width -> ... -> width -> state. */
function denseParameters({ width, depth, state }: Pick<Size, 'width' | 'depth' | 'state'>): number {
  return (state + 1) * width + (depth - 1) * (width + 1) * width + (width + 1) * state
}

/** The sizes of the paper's networks and of these forms, where they exist in d dimensions. */
export function sizesOf(d: number, forms: readonly { form: Form; levels?: number }[]): Size[] {
  const paper = PAPER.map(({ network, of }) => ({ network, d, ...of(d), parameters: denseParameters(of(d)) }))
  const ours = forms
    .filter(({ form }) => existsFor(form, d))
    .map(({ form, levels }) => {
      const net = approximate(() => 0, { d, r: 2 ** d, form, ...(levels === undefined ? {} : { levels }) })
      const { width, depth, parameters, registers } = net
      return {
        network: form,
        d,
        width,
        depth,
        state: registers.length,
        compositions: compositionsOf(form, d),
        parameters,
      }
    })
  return [...paper, ...ours]
}

/** Whether a form is there for functions of d variables. */
export function existsFor(form: Form, d: number): boolean {
  return form !== 'interpolating' || d === 1
}

/** The fewest compositions a form is defined for. */
export function leastR(form: Form, d: number): number {
  if (form === 'smooth') return 2 ** d
  return form === 'interpolating' ? 2 : 1
}

function compositionsOf(form: Form, d: number): string {
  const most = d === 1 ? 'r' : '≤ r'
  return form === 'carrier' ? `${most} + 1` : most
}
