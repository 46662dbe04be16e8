/** The images that are classified: the digits of examples/, or a table or a folder with the idx files of MNIST that the user has. */

import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { numberColumn, parseTable } from '../../io/csv.ts'
import { decodeIdx } from '../../io/idx.ts'
import { InputError } from '../errors.ts'
import { readBytes, readText } from '../files.ts'

export const CLASSES = 10

/** Images, row-major [rows, pixels], pixels in 0 to 1, and their class numbers. */
export interface Part {
  readonly x: Float32Array
  readonly labels: Uint8Array
}

export interface Images {
  /** What they are, for titles. */
  readonly name: string
  /** Of pixels and labels. */
  readonly hash: string
  readonly pixels: number
  readonly train: Part
  readonly test: Part
}

const DIGITS = 'examples/digits/digits.csv'
const CURE =
  "--data takes that file of relode's repository, or a folder with the idx files of MNIST (train-images-idx3-ubyte, ...)"

/** Rows of one training, and of the digits one in so many is for the test. */
const LEAST = 10
const EVERY = 4
/** No file of MNIST, or of its successors with the same names, is larger. */
const LARGEST = 2 ** 28

const read = new Map<string, Images>()

/** @throws InputError, TableError or FormatError where there are no such images */
export function readImages(path: string | undefined): Images {
  const from = path === undefined ? shipped() : resolve(path)
  const known = read.get(from)
  if (known !== undefined) return known
  const folder = statSync(from, { throwIfNoEntry: false })?.isDirectory() ?? false
  const images = folder ? readFolder(from) : readDigits(from)
  read.set(from, images)
  return images
}

/** The digits beside this code, in a checkout of the repository. */
function shipped(): string {
  const places = ['..', '../..', '../../..', '../../../..'].map((up) => {
    return fileURLToPath(new URL(`${up}/${DIGITS}`, import.meta.url))
  })
  const found = places.find((place) => existsSync(place))
  if (found === undefined) throw new InputError(`the digits, ${DIGITS}, are not in the npm package: ${CURE}`)
  return found
}

/** A table of p0 ... p63, 0 to 16, and digit: every fourth row is for the test. */
function readDigits(path: string): Images {
  const table = parseTable(readText(path), path)
  const whole = (name: string, most: number): Float64Array => {
    const values = numberColumn(table, name)
    const row = values.findIndex((v) => !Number.isInteger(v) || v < 0 || v > most)
    if (row < 0) return values
    throw new InputError(
      `${path}:${table.lines[row]}: column '${name}' must hold integers from 0 to ${most}, got ${values[row]}`,
    )
  }
  const pixels = Array.from({ length: 64 }, (_, i) => whole(`p${i}`, 16))
  const digits = whole('digit', CLASSES - 1)
  if (table.rows < EVERY * LEAST) {
    throw new InputError(`${path}: at least ${EVERY * LEAST} images are needed, there are ${table.rows}`)
  }
  const part = (test: boolean): Part => {
    const rows = Array.from(digits.keys()).filter((row) => (row % EVERY === EVERY - 1) === test)
    return {
      x: Float32Array.from(rows.flatMap((row) => pixels.map((column) => (column[row] as number) / 16))),
      labels: Uint8Array.from(rows, (row) => digits[row] as number),
    }
  }
  return hashed({ name: 'handwritten digits, 8 × 8', pixels: 64, train: part(false), test: part(true) })
}

function readFolder(folder: string): Images {
  const [train, test] = ['train', 't10k'].map((prefix) => readPart(folder, prefix)) as [IdxPart, IdxPart]
  if (train.pixels !== test.pixels) {
    throw new InputError(
      `${folder}: images for training have ${train.pixels} pixels, those for the test ${test.pixels}`,
    )
  }
  return hashed({ name: basename(folder), pixels: train.pixels, train, test })
}

type IdxPart = Part & { readonly pixels: number }

function readPart(folder: string, prefix: string): IdxPart {
  const [images, labels] = ['images-idx3-ubyte', 'labels-idx1-ubyte'].map((kind) => {
    const path = join(folder, `${prefix}-${kind}`)
    return { path, ...decodeIdx(readIdx(path), path) }
  }) as [ReturnType<typeof decodeIdx> & { path: string }, ReturnType<typeof decodeIdx> & { path: string }]
  const [rows, high, wide] = images.shape
  if (images.shape.length !== 3 || (rows as number) < LEAST || high === 0 || wide === 0) {
    throw new InputError(
      `${images.path}: must hold at least ${LEAST} images, rows and columns, got ${images.shape.join(' x ')}`,
    )
  }
  if (labels.shape.length !== 1 || labels.shape[0] !== rows) {
    throw new InputError(
      `${labels.path}: must hold ${rows} labels, one for each image, got ${labels.shape.join(' x ')}`,
    )
  }
  const strange = labels.data.findIndex((label) => label >= CLASSES)
  if (strange >= 0) {
    throw new InputError(
      `${labels.path}: label ${strange} must be from 0 to ${CLASSES - 1}, got ${labels.data[strange]}`,
    )
  }
  return {
    pixels: (high as number) * (wide as number),
    x: Float32Array.from(images.data, (pixel) => pixel / 255),
    labels: labels.data,
  }
}

/** The file, or the one with .gz behind its name, as it is distributed. */
function readIdx(path: string): Uint8Array {
  if (existsSync(path)) return readBytes(path)
  const packed = `${path}.gz`
  if (!existsSync(packed)) throw new InputError(`cannot read ${path}: there is no such file, nor ${basename(packed)}`)
  try {
    return gunzipSync(readFileSync(packed), { maxOutputLength: LARGEST })
  } catch (error) {
    throw new InputError(`cannot read ${packed}: ${(error as Error).message}`)
  }
}

function hashed(images: Omit<Images, 'hash'>): Images {
  const hash = createHash('sha256')
  for (const { x, labels } of [images.train, images.test]) hash.update(bytesOf(x)).update(labels)
  return { ...images, hash: hash.digest('hex').slice(0, 16) }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
