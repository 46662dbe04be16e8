/**
 * The container of MNIST: idx, a header and one array of bytes (Y. LeCun, "The MNIST database of handwritten digits"): two zero bytes, a
 * type, the number of dimensions, each dimension as a big-endian u32, then the elements, the last dimension fastest.
 */

import { FormatError } from './safetensors.ts'

/** Unsigned bytes, row-major. */
export interface IdxArray {
  readonly shape: readonly number[]
  /** A view of the file's bytes. */
  readonly data: Uint8Array
}

const UNSIGNED_BYTES = 0x08

/**
 * Reads an idx file of unsigned bytes, the only type that MNIST and its successors use. Nothing is allocated on the file's word.
 *
 * @param source name of the file, for messages
 * @throws FormatError for another magic number, another type, no dimensions, and a length that is not the product of the dimensions
 */
export function decodeIdx(bytes: Uint8Array, source: string): IdxArray {
  const [a, b, type, rank] = bytes
  if (bytes.length < 4 || a !== 0 || b !== 0) {
    throw new FormatError(`${source}: an idx file begins with two zero bytes, a type and a number of dimensions`)
  }
  if (type !== UNSIGNED_BYTES) {
    throw new FormatError(`${source}: elements must be unsigned bytes (type 8), got type ${type}`)
  }
  const start = 4 + 4 * (rank as number)
  if (rank === 0 || bytes.length < start) {
    throw new FormatError(`${source}: the header must hold ${rank} >= 1 dimensions, the file has ${bytes.length} bytes`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const shape = Array.from({ length: rank as number }, (_, i) => view.getUint32(4 + 4 * i))
  // In doubles: a product that was rounded, or is infinite, is no length of a file.
  const length = shape.reduce((product, size) => product * size, 1)
  if (length !== bytes.length - start) {
    const [held, wanted] = [bytes.length - start, shape.join(' x ')]
    throw new FormatError(
      `${source}: ${wanted} elements must be ${length} bytes, the file holds ${held}: is it damaged?`,
    )
  }
  return { shape, data: bytes.subarray(start) }
}
