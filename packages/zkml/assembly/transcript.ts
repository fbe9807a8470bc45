/** The transcript of SPEC 1.6 and grinding of SPEC 1.8. A label is one length byte and its ASCII text. */
import { P } from './f'
import { blake3, blake3From, xofBlock, xofStart } from './blake3'
import { compress4, iv4 } from './compress'

/** The first chunk of what is hashed: the state, the label and the beginning of the message. */
const BUF = memory.data(1024, 16)
const STREAM = memory.data(64, 16)
const LABELS = memory.data(1024, 16)
const INIT = memory.data<u8>([0x7a, 0x6b, 0x6d, 0x6c, 0x2f, 0x76, 0x31, 0x2f, 0x66, 0x73]) // zkml/v1/fs

export function labelArea(): usize { return LABELS }

export function tsInit(st: usize): void { blake3(st, INIT, 10) }

/** Writes st‖kind‖label at buf; returns the length. */
function head(buf: usize, st: usize, kind: u8, label: usize): u32 {
  const n = <u32>load<u8>(label) + 1
  memory.copy(buf, st, 32)
  store<u8>(buf, kind, 32)
  memory.copy(buf + 33, label, n)
  return 33 + n
}

export function tsAbsorb(st: usize, label: usize, ptr: usize, len: u32): void {
  const at = head(BUF, st, 1, label) + 8
  store<u64>(BUF + at - 8, <u64>len)
  memory.copy(BUF + at, ptr, min<u32>(len, 1024 - at))
  blake3From(st, BUF, ptr - at, at + len)
}

/** Opens the stream of a squeeze. The state is advanced by `close`. */
function open(st: usize, label: usize): void {
  const len = head(BUF, st, 2, label)
  xofStart(BUF, len)
}
function close(st: usize, label: usize): void {
  const len = head(BUF, st, 3, label)
  blake3(st, BUF, len)
}

export function tsSqueeze(st: usize, label: usize, out: usize, m: u32): void {
  open(st, label)
  const end = out + (<usize>m << 4)
  for (let block: u64 = 0; out < end; block++) {
    xofBlock(STREAM, block)
    for (let i: usize = 0; i < 64 && out < end; i += 8) {
      const word = load<u64>(STREAM + i)
      if (word < P) {
        store<u64>(out, word)
        out += 8
      }
    }
  }
  close(st, label)
}

/** Each new index is inserted into the ascending list; q is a few hundred at most. */
export function tsIndices(st: usize, label: usize, out: usize, l: u32, q: u32): void {
  open(st, label)
  const mask: u32 = (1 << l) - 1
  let found: u32 = 0
  for (let block: u64 = 0; found < q; block++) {
    xofBlock(STREAM, block)
    for (let i: usize = 0; i < 64 && found < q; i += 4) {
      const index = load<u32>(STREAM + i) & mask
      let at = out + (<usize>found << 2)
      while (at > out && load<u32>(at - 4) > index) at -= 4
      if (at > out && load<u32>(at - 4) == index) continue
      memory.copy(at + 4, at, out + (<usize>found << 2) - at)
      store<u32>(at, index)
      found++
    }
  }
  close(st, label)
}

const CV4 = memory.data(128, 16)
const M4 = memory.data(256, 16)

/** Hashes st‖0x04‖nonce for four consecutive nonces: one block of 41 bytes each, behind which M4 is zeros for good. */
function pow4(st: usize, nonce: u64): void {
  for (let i: usize = 0; i < 8; i++) v128.store(M4 + (i << 4), v128.load32_splat(st + (i << 2)))
  for (let lane: usize = 0; lane < 4; lane++) {
    const n = nonce + <u64>lane
    const at = M4 + 128 + (lane << 2)
    store<u32>(at, 4 | (<u32>n << 8))
    store<u32>(at, <u32>(n >> 24), 16)
    store<u32>(at, <u32>(n >> 56), 32)
  }
  iv4(CV4)
  compress4(CV4, M4, 0, 41, 11) // one chunk: start, end, root
}

export function powFind(st: usize, g: u32): u64 {
  const mask: u32 = (1 << g) - 1
  for (let nonce: u64 = 0; ; nonce += 4) {
    pow4(st, nonce)
    for (let lane: usize = 0; lane < 4; lane++) if ((digest(lane) & mask) == 0) return nonce + lane
  }
  return 0 // not reached
}

export function powCheck(st: usize, nonce: u64, g: u32): i32 {
  pow4(st, nonce)
  return i32((digest(0) & ((1 << g) - 1)) == 0)
}

/** The first four bytes of one. */
@inline function digest(lane: usize): u32 { return load<u32>(CV4 + (lane << 2)) }
