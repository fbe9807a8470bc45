/** A path in a trie: one nibble (0..15) a byte. */
export type Nibbles = Uint8Array

/** The path of a key: two nibbles a byte, high first. */
export function toNibbles(key: Uint8Array): Nibbles {
  const path = new Uint8Array(key.length * 2)
  for (let i = 0; i < key.length; i++) {
    path[2 * i] = key[i]! >>> 4
    path[2 * i + 1] = key[i]! & 15
  }
  return path
}

/** Hex-prefix encoding (yellow paper, appendix C): the path with a flag for "leaf" and one for its parity. */
export function encodePath(path: Nibbles, leaf: boolean): Uint8Array {
  const odd = path.length & 1
  const out = new Uint8Array((path.length >>> 1) + 1)
  out[0] = ((leaf ? 2 : 0) + odd) * 16 + (odd ? path[0]! : 0)
  for (let i = odd, at = 1; i < path.length; i += 2, at++) out[at] = path[i]! * 16 + path[i + 1]!
  return out
}

/** The inverse of `encodePath`. */
export function decodePath(encoded: Uint8Array): { readonly path: Nibbles; readonly leaf: boolean } {
  const flags = encoded[0]! >>> 4
  const all = toNibbles(encoded)
  return { path: all.subarray(flags & 1 ? 1 : 2), leaf: flags >= 2 }
}

/** How many nibbles `a` from `i` and `b` from `j` have in common. */
export function commonLength(a: Nibbles, i: number, b: Nibbles, j: number): number {
  const most = Math.min(a.length - i, b.length - j)
  let length = 0
  while (length < most && a[i + length] === b[j + length]) length++
  return length
}

/** Two paths, one after the other. */
export function joinPaths(a: Nibbles, b: Nibbles): Nibbles {
  const out = new Uint8Array(a.length + b.length)
  out.set(a)
  out.set(b, a.length)
  return out
}
