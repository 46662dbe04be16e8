import { FIELD_REG_COUNT, FIELD_WIDTHS } from '../abi'
import { arenaAlloc, arenaTake } from '../memory/arena'

// The registers of a program: one block [batch, width] each.

@inline
function widthOf(f: usize, i: i32): i32 {
  return load<i32>(load<usize>(f, FIELD_WIDTHS) + (<usize>i << 2))
}

/** Pointers to a block for every register, zeros if `clean`, else anything. */
export function registerTable(arena: usize, f: usize, batch: i32, clean: bool, wide: bool): usize {
  const count = load<i32>(f, FIELD_REG_COUNT)
  const table = arenaAlloc(arena, <usize>count << 2)
  for (let i = 0; i < count; i++) {
    const bytes = <u64>widthOf(f, i) * <u64>batch << (wide ? 3 : 2)
    const size = <usize>min<u64>(bytes, u32.MAX_VALUE)
    store<usize>(table + (<usize>i << 2), WHOLE && !clean ? arenaTake(arena, size) : arenaAlloc(arena, size))
  }
  return table
}

/** Bytes that such a table takes with its blocks and what stands between them, or a little more. */
export function registerBytes(f: usize, batch: i32, wide: bool): u64 {
  const count = load<i32>(f, FIELD_REG_COUNT)
  let all: u64 = <u64>(count + 1) << 6
  for (let i = 0; i < count; i++) all += <u64>widthOf(f, i) * <u64>batch << (wide ? 3 : 2)
  return all
}

/** Width of the widest register. */
export function widest(f: usize): i32 {
  let most = 0
  for (let i = load<i32>(f, FIELD_REG_COUNT) - 1; i >= 0; i--) most = max<i32>(most, widthOf(f, i))
  return most
}
