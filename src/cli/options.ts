/** Parsers of option values. Each throws InputError naming the option, what it must be, and what was given. */

import { InputError } from './errors.ts'

export type Parser<T> = (text: string) => T

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i

function refuse(flag: string, expected: string, text: string): never {
  throw new InputError(`${flag} must be ${expected}, got '${text}'`)
}

function finite(text: string): number {
  const value = NUMBER.test(text.trim()) ? Number(text) : Number.NaN
  return Number.isFinite(value) ? value : Number.NaN
}

/** A finite number. */
export function number(flag: string): Parser<number> {
  return (text) => {
    const value = finite(text)
    return Number.isNaN(value) ? refuse(flag, 'a number', text) : value
  }
}

/** A finite number > 0. */
export function positive(flag: string): Parser<number> {
  return (text) => {
    const value = finite(text)
    return value > 0 ? value : refuse(flag, 'a number > 0', text)
  }
}

/** A finite number >= 0. */
export function nonNegative(flag: string): Parser<number> {
  return (text) => {
    const value = finite(text)
    return value >= 0 ? value : refuse(flag, 'a number >= 0', text)
  }
}

/** An integer in [low, high]. */
export function integer(flag: string, low: number, high: number): Parser<number> {
  return (text) => {
    const value = finite(text)
    const fits = Number.isInteger(value) && value >= low && value <= high
    return fits ? value : refuse(flag, `an integer from ${low} to ${high}`, text)
  }
}

/** One of a list of words. */
export function oneOf<T extends string>(flag: string, words: readonly T[]): Parser<T> {
  return (text) => {
    const word = words.find((candidate) => candidate === text)
    return word ?? refuse(flag, `one of ${words.join(', ')}`, text)
  }
}

/** Words between commas, each once. */
export function names(flag: string): Parser<readonly string[]> {
  return (text) => {
    const list = text.split(',').map((name) => name.trim())
    if (list.includes('')) refuse(flag, 'names between commas', text)
    const twice = list.find((name, i) => list.indexOf(name) < i)
    if (twice !== undefined) throw new InputError(`${flag} names '${twice}' twice`)
    return list
  }
}

/** Items between commas. */
export function list<T>(item: Parser<T>): Parser<readonly T[]> {
  return (text) => text.split(',').map((part) => item(part.trim()))
}
