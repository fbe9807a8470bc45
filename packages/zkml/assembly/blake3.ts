/** BLAKE3 of any length: chunks of 1024 bytes, a binary tree over them, and the extended output of the root. */
import { compress, iv } from './compress'

const CHUNK_START: u32 = 1
const CHUNK_END: u32 = 2
const PARENT: u32 = 4
const ROOT: u32 = 8

const IV = memory.data(32, 16)
const CV = memory.data(32, 16)
const BLOCK = memory.data(64, 16)
/** Chaining values of the finished subtrees, left to right; a message of 2^41 bytes has 31. */
const STACK = memory.data(32 * 40, 16)
const WIDE = memory.data(64, 16)

/** What the root compression needs: its chaining value is in CV, its block in BLOCK. */
let rootLen: u32 = 0
let rootFlags: u32 = 0

/** Leaves the last block of the chunk at ptr in BLOCK and the chaining value before it in CV. */
function openChunk(ptr: usize, len: u32, counter: u64): void {
  memory.copy(CV, IV, 32)
  let flags = CHUNK_START
  for (; len > 64; len -= 64, ptr += 64) {
    compress(CV, CV, ptr, counter, 64, flags, false)
    flags = 0
  }
  memory.fill(BLOCK, 0, 64)
  memory.copy(BLOCK, ptr, len)
  rootLen = len
  rootFlags = flags | CHUNK_END
}

/** Reduces a message to its root node. Its first chunk lies at `first`, all others where they would be if the message began at ptr. */
function absorb(first: usize, ptr: usize, len: u32): void {
  iv(IV)
  let depth: u32 = 0
  let chunk: u64 = 0
  for (; len > 1024; len -= 1024, ptr += 1024) {
    openChunk(chunk == 0 ? first : ptr, 1024, chunk)
    compress(CV, CV, BLOCK, chunk, rootLen, rootFlags, false)
    chunk++
    // as many subtrees are complete as the number of chunks has trailing zero bits
    for (let total = chunk; (total & 1) == 0; total >>= 1) {
      depth--
      memory.copy(BLOCK, STACK + (<usize>depth << 5), 32)
      memory.copy(BLOCK + 32, CV, 32)
      compress(CV, IV, BLOCK, 0, 64, PARENT, false)
    }
    memory.copy(STACK + (<usize>depth << 5), CV, 32)
    depth++
  }
  openChunk(chunk == 0 ? first : ptr, len, chunk)
  for (; depth > 0; depth--) {
    compress(CV, CV, BLOCK, rootFlags == PARENT ? 0 : chunk, rootLen, rootFlags, false)
    memory.copy(BLOCK, STACK + (<usize>(depth - 1) << 5), 32)
    memory.copy(BLOCK + 32, CV, 32)
    memory.copy(CV, IV, 32)
    rootLen = 64
    rootFlags = PARENT
  }
}

export function blake3(out: usize, ptr: usize, len: u32): void { blake3From(out, ptr, ptr, len) }

/** BLAKE3 of a message whose first 1024 bytes (or all, if shorter) lie apart at `first`; byte i ≥ 1024 is at ptr + i. */
export function blake3From(out: usize, first: usize, ptr: usize, len: u32): void {
  absorb(first, ptr, len)
  compress(out, CV, BLOCK, 0, rootLen, rootFlags | ROOT, false)
}

export function blake3Xof(out: usize, outLen: u32, ptr: usize, len: u32): void {
  absorb(ptr, ptr, len)
  for (let counter: u64 = 0; outLen > 0; counter++) {
    const take = min<u32>(outLen, 64)
    xofBlock(WIDE, counter)
    memory.copy(out, WIDE, take)
    out += take
    outLen -= take
  }
}

/** For a stream of unknown length: `xofStart`, then blocks of 64 bytes by number, with no other hash in between. */
export function xofStart(ptr: usize, len: u32): void { absorb(ptr, ptr, len) }
export function xofBlock(out: usize, counter: u64): void { compress(out, CV, BLOCK, counter, rootLen, rootFlags | ROOT, true) }
