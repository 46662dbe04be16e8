// Numbers of a state whose precision is known only at run time, for work that is too rare or too little to be compiled for each.

/** Value i, in f64. */
export function valueAt(x: usize, i: i32, wide: bool): f64 {
  return wide ? load<f64>(x + (<usize>i << 3)) : <f64>load<f32>(x + (<usize>i << 2))
}

/** Sets value i. */
export function setValueAt(x: usize, i: i32, wide: bool, value: f64): void {
  if (wide) store<f64>(x + (<usize>i << 3), value)
  else store<f32>(x + (<usize>i << 2), <f32>value)
}

/** Copies `rows` rows of n values, one behind the other, to rows in f64 that begin `stride` values apart. */
export function widen(rows: i32, n: i32, stride: i32, from: usize, to: usize, wide: bool): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < n; j++) store<f64>(to + (<usize>(i * stride + j) << 3), valueAt(from, i * n + j, wide))
  }
}
