// A field that is a JavaScript function.

/** The one import. Reads the time at `t` and n values at y, writes n values at dy. */
declare function field(id: i32, t: usize, y: usize, dy: usize): void

/** A number that crosses into JavaScript as an argument is boxed there; in memory it is not. */
const time: usize = memory.data(8)

/** dy = the function `id` of t and y. */
@inline
export function hostField(id: i32, t: f64, y: usize, dy: usize): void {
  store<f64>(time, t)
  field(id, time, y, dy)
}
