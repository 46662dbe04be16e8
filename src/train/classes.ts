import type { Dtype, Vector } from '../core/boundary.ts'
import { checkInt, checkOneOf, type Numbers } from '../core/check.ts'

/**
 * Class numbers as the rows that `crossEntropy` takes: [rows, classes], 1 at the class and 0 elsewhere.
 * @param labels class numbers, integers from 0 to classes - 1
 * @param dtype default 'f32'
 */
export function oneHot(labels: ArrayLike<number>, classes: number, dtype: Dtype = 'f32'): Vector {
  checkInt('classes', classes, 2, 65536)
  checkOneOf('dtype', dtype, ['f32', 'f64'])
  const rows = dtype === 'f32' ? new Float32Array(labels.length * classes) : new Float64Array(labels.length * classes)
  for (let i = 0; i < labels.length; i++) {
    rows[i * classes + checkInt(`labels[${i}]`, labels[i] as number, 0, classes - 1)] = 1
  }
  return rows
}

/**
 * The class of every row of logits, or of probabilities: the number of its largest component, the first where several are.
 * @param logits [rows, classes]
 */
export function classesOf(logits: Numbers, classes: number): Int32Array {
  checkInt('classes', classes, 2, 65536)
  if (logits.length % classes !== 0) {
    throw new RangeError(`logits must hold rows of ${classes} numbers, got ${logits.length} numbers`)
  }
  return Int32Array.from({ length: logits.length / classes }, (_, row) => {
    let best = 0
    for (let c = 1; c < classes; c++) {
      if ((logits[row * classes + c] as number) > (logits[row * classes + best] as number)) best = c
    }
    return best
  })
}

/**
 * The share of rows, 0 to 1, whose class is the one of `labels`.
 * @param logits [rows, classes], as a classifier returns them
 * @param labels class numbers, one a row
 */
export function accuracy(logits: Numbers, labels: ArrayLike<number>, classes: number): number {
  const found = classesOf(logits, classes)
  if (labels.length === 0 || found.length !== labels.length) {
    throw new RangeError(`labels must hold ${found.length} >= 1 class numbers, one for each row, got ${labels.length}`)
  }
  return found.reduce((right, found, i) => right + Number(found === labels[i]), 0) / labels.length
}
