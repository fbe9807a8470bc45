import { blake3 } from '@noble/hashes/blake3.js'
import { OgError } from '@opengradient/protocol'
import { P } from '../field/f.ts'
import type { K } from '../field/k.ts'

const ascii = new TextEncoder()

/** The transcript of SPEC 1.6 in plain TypeScript: the twin of the kernels' one. */
export class Transcript {
  state: Uint8Array = blake3(ascii.encode('zkml/v1/fs'))

  absorb(label: string, data: Uint8Array): void {
    this.state = blake3(join(this.prefix(1, label), u64(BigInt(data.length)), data))
  }

  /** m challenges: pairs of accepted words of one stream. */
  squeeze(label: string, m: number): K[] {
    const words: bigint[] = []
    for (const word of this.stream(label, 8)) {
      if (words.length === 2 * m) break
      if (word < P) words.push(word)
    }
    return Array.from({ length: m }, (_, i) => [words[2 * i]!, words[2 * i + 1]!])
  }

  /** q distinct indices below 2^l, ascending; q ≤ 2^l / 2. SPEC 6.4. */
  indices(label: string, l: number, q: number): number[] {
    if (q > 2 ** l / 2) throw new OgError('ZK_LIMIT', `zkml: ${q} distinct indices below 2^${l} are too many`)
    const found = new Set<number>()
    for (const word of this.stream(label, 4)) {
      if (found.size === q) break
      found.add(Number(word & ((1n << BigInt(l)) - 1n)))
    }
    return [...found].sort((a, b) => a - b)
  }

  /** Whether a nonce passes for g bits. SPEC 1.8. */
  powCheck(nonce: bigint, g: number): boolean {
    const digest = blake3(join(this.state, Uint8Array.of(4), u64(nonce)))
    return (new DataView(digest.buffer, digest.byteOffset).getBigUint64(0, true) & ((1n << BigInt(g)) - 1n)) === 0n
  }

  /** Little-endian words of the extended output; the state moves on when the first is read. */
  private *stream(label: string, width: 4 | 8): Generator<bigint> {
    const input = this.prefix(2, label)
    this.state = blake3(this.prefix(3, label))
    const xof = blake3.create({}).update(input)
    for (;;) {
      const view = new DataView(xof.xof(64).slice().buffer)
      for (let at = 0; at < 64; at += width) yield width === 8 ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true))
    }
  }

  private prefix(kind: number, label: string): Uint8Array {
    return join(this.state, Uint8Array.of(kind, label.length), ascii.encode(label))
  }
}

function u64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, value, true)
  return bytes
}

function join(...parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
