import { arenaAlloc64 } from './arena'

/**
 * Makes room for one more item behind `count` of them; returns where the block now is. Starts with as many items as 4 KiB hold:
 * 64 states of a million values would fill the memory before the second step, and a thousand solves may run together.
 */
export function room(arena: usize, block: usize, capacityAt: usize, count: i32, itemBytes: u64): usize {
  const capacity = load<i32>(capacityAt)
  if (count < capacity) return block
  const larger = capacity ? capacity * 2 : max<i32>(1, <i32>(4096 / itemBytes))
  const at = arenaAlloc64(arena, <u64>larger * itemBytes)
  memory.copy(at, block, <usize>count * <usize>itemBytes)
  store<i32>(capacityAt, larger)
  return at
}
