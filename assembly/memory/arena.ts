// Memory of the core. Whatever lives together (a model, a solve with its trajectory) shares an arena: a bump allocator over
// a chain of chunks that is given back as a whole, on every path. Chunks come in size classes (four per octave, so at
// most a quarter is waste) and are reused, never split: a million solves leave the memory as large as one did.

/** Kernels read and write whole vectors, so the last one may reach past the end of its array. */
const SLACK: usize = 32
const ALIGN: usize = 15
const CHUNK_MIN_LOG: u32 = 12
const CLASSES: usize = 96
/** The largest class that 32 bits can count: 3.5 GiB. */
const CHUNK_MAX: usize = 0xe0000000

// A chunk starts with: next chunk (free list or arena chain), its class.
const CHUNK_NEXT: usize = 0
const CHUNK_CLASS: usize = 4
const CHUNK_HEADER: usize = 16

// The arena's own fields stand in its first chunk.
const ARENA_CHUNK: usize = 16
const ARENA_POS: usize = 20
const ARENA_END: usize = 24
const ARENA_HEADER: usize = 32

const freeLists: usize = memory.data(384)
let top: usize = (__heap_base + ALIGN) & ~ALIGN
let refused: usize = 0

/** Bytes that the last trap for want of memory had asked for; 0 if there was none. */
export function memoryRefused(): usize {
  const bytes = refused
  refused = 0
  return bytes
}

/** Bytes from the start of memory to the highest chunk ever handed out. */
export function memoryTop(): usize {
  return top
}

function classOf(bytes: usize): u32 {
  // class 4k + j holds (1 + j/4) * 2^(12+k) bytes
  if (bytes <= <usize>1 << CHUNK_MIN_LOG) return 0
  const log = 31 - clz<u32>(<u32>(bytes - 1))
  const quarter = (bytes - 1) >> (log - 2) & 3
  return (log - CHUNK_MIN_LOG) * 4 + <u32>quarter + 1
}

function classBytes(index: u32): usize {
  return (4 + <usize>(index & 3)) << ((index >> 2) + CHUNK_MIN_LOG - 2)
}

function grow(bytes: usize): usize {
  const end: u64 = <u64>top + <u64>bytes
  const have: u64 = <u64>memory.size() << 16
  if (end > have) {
    const pages = <i32>((end - have + 0xffff) >> 16)
    if (end > <u64>0xffff0000 || memory.grow(pages) < 0) {
      refused = bytes
      unreachable()
    }
  }
  const at = top
  top += bytes
  return at
}

function takeChunk(bytes: usize): usize {
  const index = classOf(bytes)
  const head = freeLists + (<usize>index << 2)
  let chunk = load<usize>(head)
  if (chunk) store<usize>(head, load<usize>(chunk, CHUNK_NEXT))
  else chunk = grow(classBytes(index))
  store<u32>(chunk, index, CHUNK_CLASS)
  return chunk
}

function giveChunk(chunk: usize): void {
  const head = freeLists + (<usize>load<u32>(chunk, CHUNK_CLASS) << 2)
  store<usize>(chunk, load<usize>(head), CHUNK_NEXT)
  store<usize>(head, chunk)
}

function open(arena: usize, chunk: usize, header: usize): void {
  store<usize>(arena, chunk, ARENA_CHUNK)
  store<usize>(arena, chunk + header, ARENA_POS)
  store<usize>(arena, chunk + classBytes(load<u32>(chunk, CHUNK_CLASS)), ARENA_END)
}

/** A new, empty arena. */
export function arenaNew(): usize {
  assert(CLASSES * 4 == 384)
  const chunk = takeChunk(0)
  store<usize>(chunk, 0, CHUNK_NEXT)
  open(chunk, chunk, ARENA_HEADER)
  return chunk
}

/** Bytes up to which a loop is faster than the engine's call for `memory.fill`. */
const FEW: usize = 256

/** Sets `bytes` bytes to zero, and up to 15 more. */
export function zero(at: usize, bytes: usize): void {
  if (!WHOLE || bytes > FEW) {
    memory.fill(at, 0, bytes)
    return
  }
  for (const end = at + bytes; at < end; at += 16) v128.store(at, v128.splat<f64>(0))
}

/** As `arenaAlloc`, but with what was there before: for what is written before it is read. */
export function arenaTake(arena: usize, bytes: usize): usize {
  const need = (bytes + SLACK + ALIGN) & ~ALIGN
  if (need < bytes || need > CHUNK_MAX - CHUNK_HEADER) {
    refused = bytes
    unreachable()
  }
  if (load<usize>(arena, ARENA_END) - load<usize>(arena, ARENA_POS) < need) {
    // Later chunks of a growing arena are larger, so a long solve takes few of them.
    const last = classBytes(load<u32>(load<usize>(arena, ARENA_CHUNK), CHUNK_CLASS))
    const wanted = max<usize>(need + CHUNK_HEADER, min<usize>(last * 2, 1 << 20))
    const chunk = takeChunk(wanted)
    store<usize>(chunk, load<usize>(arena, ARENA_CHUNK), CHUNK_NEXT)
    open(arena, chunk, CHUNK_HEADER)
  }
  const at = load<usize>(arena, ARENA_POS)
  store<usize>(arena, at + need, ARENA_POS)
  return at
}

/** `bytes` zeroed bytes, aligned to 16, with zeroed slack behind them. Traps when there is no memory (`memoryRefused`). */
export function arenaAlloc(arena: usize, bytes: usize): usize {
  const at = arenaTake(arena, bytes)
  zero(at, (bytes + SLACK + ALIGN) & ~ALIGN)
  return at
}

/** `arenaAlloc` for a size that may pass 32 bits: told so, the arena refuses it, where a wrapped one would be granted. */
export function arenaAlloc64(arena: usize, bytes: u64): usize {
  return arenaAlloc(arena, <usize>min<u64>(bytes, u32.MAX_VALUE))
}

/** Where the arena stands now, for `arenaRelease`. */
export function arenaMark(arena: usize): usize {
  return load<usize>(arena, ARENA_POS)
}

/** Gives back all that was allocated after `mark`. */
export function arenaRelease(arena: usize, mark: usize): void {
  let chunk = load<usize>(arena, ARENA_CHUNK)
  while (mark <= chunk || mark > chunk + classBytes(load<u32>(chunk, CHUNK_CLASS))) {
    const next = load<usize>(chunk, CHUNK_NEXT)
    giveChunk(chunk)
    chunk = next
  }
  open(arena, chunk, CHUNK_HEADER)
  store<usize>(arena, mark, ARENA_POS)
}

/** Gives back the whole arena. */
export function arenaFree(arena: usize): void {
  let chunk = load<usize>(arena, ARENA_CHUNK)
  while (chunk) {
    const next = load<usize>(chunk, CHUNK_NEXT)
    giveChunk(chunk)
    chunk = next
  }
}
