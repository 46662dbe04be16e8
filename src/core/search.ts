/** The least index below `length` for which `holds`, or `length`, by bisection: once it holds it must hold for all that follow. */
export function firstIndex(length: number, holds: (i: number) => boolean): number {
  let [low, high] = [0, length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
