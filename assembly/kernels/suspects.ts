import { lanes, select, splat } from './simd'

/**
 * The first of units i ... n - 1 whose input may leave its side along a step; n: none. `inputs`: pointers to the units' inputs in
 * `samples` places, of which the first is the start; `at`: the bytes before unit 0 in each of them; `slopes`: 1 for a unit above 0. A
 * unit stays where it is further from 0 than `reach` times its largest change.
 */
export function nextSuspect<T>(i: i32, n: i32, inputs: usize, samples: i32, at: usize, slopes: usize, reach: f64): i32 {
  const all = (1 << lanes<T>()) - 1, one = splat<T>(<T>1), far = splat<T>(<T>reach)
  for (let j = i & ~(lanes<T>() - 1); j < n; j += lanes<T>()) {
    const place = at + <usize>j * sizeof<T>(), start = v128.load(load<usize>(inputs) + place)
    let change = splat<T>(<T>0)
    for (let s: usize = 1; s < <usize>samples; s++) {
      change = v128.max<T>(change, v128.abs<T>(v128.sub<T>(v128.load(load<usize>(inputs + (s << 2)) + place), start)))
    }
    const above = v128.eq<T>(v128.load(slopes + <usize>j * sizeof<T>()), one), side = select(above, start, v128.neg<T>(start))
    const stays = v128.gt<T>(side, v128.mul<T>(far, change))
    // Units below i were asked for before.
    let may = all & ~(sizeof<T>() == 8 ? i64x2.bitmask(stays) : i32x4.bitmask(stays))
    if (j < i) may &= -1 << (i - j)
    if (may) return min<i32>(n, j + ctz<i32>(may))
  }
  return n
}
