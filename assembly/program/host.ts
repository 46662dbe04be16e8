/** The one import: a field that is a JavaScript function. Reads n values at y, writes n values at dy. */
export declare function field(id: i32, t: f64, y: usize, dy: usize): void
