/** Recurrent cells by their formulas in plain doubles, one neuron at a time: what the programs are compared with. */

import type { Tensor } from '../../src/io/safetensors.ts'
import type { Field } from '../../src/program/field.ts'
import type { Wiring } from '../../src/program/ltc.ts'

/** One row of a series: NaN where a value is missing. */
export interface Row {
  readonly elapsed: number
  readonly values: readonly number[]
}

export type Reference = (h: readonly number[], row: Row) => number[]

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const softplus = (x: number): number => Math.log1p(Math.exp(x))
const known = (values: readonly number[]): number[] => values.map((v) => (Number.isNaN(v) ? 0 : v))
const mask = (values: readonly number[]): number[] => values.map((v) => (Number.isNaN(v) ? 0 : 1))

/** Tensors of a field by their names. */
function tensorsOf(field: Field): (name: string) => number[] {
  const tensors = field.tensors()
  return (name) => [...(tensors.get(name) as Tensor).data]
}

function affine(at: (name: string) => number[], name: string, x: readonly number[]): number[] {
  const [w, b] = [at(`${name}.weight`), at(`${name}.bias`)]
  return b.map((bias, i) => x.reduce((sum, v, j) => sum + v * (w[i * x.length + j] as number), bias))
}

export function rnn(field: Field): Reference {
  const at = tensorsOf(field)
  return (h, { elapsed, values }) =>
    affine(at, 'rnn', [...known(values), ...mask(values), elapsed, ...h]).map(Math.tanh)
}

function gated(at: (name: string) => number[], h: readonly number[], x: readonly number[]): number[] {
  const [a, b, n] = [affine(at, 'ih', x), affine(at, 'hh', h), h.length]
  const gate = (i: number): number => sigmoid((a[i] as number) + (b[i] as number))
  return h.map((old, i) => {
    const next = Math.tanh((a[2 * n + i] as number) + gate(i) * (b[2 * n + i] as number))
    return (1 - gate(n + i)) * next + gate(n + i) * old
  })
}

export function gru(field: Field): Reference {
  const at = tensorsOf(field)
  return (h, { elapsed, values }) => gated(at, h, [...known(values), ...mask(values), elapsed])
}

/** Two Euler steps of a field with one hidden layer, then the gated unit where anything is seen. */
export function odeRnn(field: Field): Reference {
  const at = tensorsOf(field)
  return (h, { elapsed, values }) => {
    let y = [...h]
    for (let step = 0; step < 2; step++) {
      const dy = affine(at, 'f1', affine(at, 'f0', y).map(Math.tanh))
      y = y.map((v, i) => v + (elapsed / 2) * (dy[i] as number))
    }
    return mask(values).includes(1) ? gated(at, y, [...known(values), ...mask(values)]) : y
  }
}

export function cfc(field: Field): Reference {
  const at = tensorsOf(field)
  return (h, { elapsed, values }) => {
    const input = [...known(values), ...mask(values), ...h]
    const x = affine(at, 'backbone', input).map((v) => 1.7159 * Math.tanh(0.666 * v))
    const [f, g, a, b] = ['f', 'g', 'a', 'b'].map((name) => affine(at, name, x)) as [
      number[],
      number[],
      number[],
      number[],
    ]
    return h.map((_, i) => {
      const gate = sigmoid((a[i] as number) * elapsed + (b[i] as number))
      return Math.tanh(f[i] as number) * (1 - gate) + gate * Math.tanh(g[i] as number)
    })
  }
}

/** The fused semi-implicit step as its authors write it: v <- (c v + g v_leak + sum w s e) / (c + g + sum w s), c = cm / (dt / 6). */
export function ltc(field: Field, { hidden, sensory, recurrent }: Wiring): Reference {
  const at = tensorsOf(field)
  const [cm, gleak, vleak] = [at('cm.bias').map(softplus), at('gleak.bias').map(softplus), at('vleak.bias')]
  const [gain, shift] = [at('input.gain.bias'), at('input.shift.bias')]
  const synapsesOf = (name: string, matrix: readonly number[]) => {
    const [w, sigma, mu, e] = ['w', 'sigma', 'mu', 'e'].map((part) => at(`${name}.${part}.bias`)) as [
      number[],
      number[],
      number[],
      number[],
    ]
    return matrix
      .flatMap((sign, i) => (sign === 0 ? [] : [i]))
      .map((i, s) => ({
        from: Math.floor(i / hidden),
        to: i % hidden,
        w: softplus(w[s] as number),
        sigma: sigma[s] as number,
        mu: mu[s] as number,
        e: e[s] as number,
      }))
  }
  const groups = { sensory: synapsesOf('sensory', sensory), recurrent: synapsesOf('recurrent', recurrent) }
  return (h, { elapsed, values }) => {
    const [x, seen] = [known(values).map((v, j) => v * (gain[j] as number) + (shift[j] as number)), mask(values)]
    let v = [...h]
    // c would be infinite.
    if (elapsed === 0) return v
    for (let unfold = 0; unfold < 6; unfold++) {
      const before = v
      v = before.map((old, i) => {
        const c = (cm[i] as number) / (elapsed / 6)
        let [drive, conductance] = [(gleak[i] as number) * (vleak[i] as number), gleak[i] as number]
        for (const [name, group] of Object.entries(groups)) {
          for (const { from, to, w, sigma, mu, e } of group) {
            if (to !== i) continue
            const source = name === 'sensory' ? (x[from] as number) : (before[from] as number)
            const s = w * sigmoid(sigma * (source - mu)) * (name === 'sensory' ? (seen[from] as number) : 1)
            drive += s * e
            conductance += s
          }
        }
        return (c * old + drive) / (c + conductance)
      })
    }
    return v
  }
}
