/**
 * Where everything is in the store. The first byte names the kind; numbers are big-endian so that they sort.
 *
 * | key | value |
 * | --- | --- |
 * | `a` address | account, sealed |
 * | `s` address slot | storage value without leading zeros, sealed |
 * | `c` code hash | code |
 * | `n` node hash | trie node (accounts and storage of every block) |
 * | `b` height | header RLP |
 * | `x` height | transactions, a list |
 * | `r` height | receipts |
 * | `v` height | the validator's commit |
 * | `l` height | what consensus reported to the block: its call of `Staking`; none if nothing |
 * | `h` block hash | height |
 * | `t` transaction hash | height and index |
 * | `m` level index | node of the range of block hashes |
 * | `!` name | meta: format version, genesis hash, head; `restoring` while a snapshot is; `since`: height of the snapshot it began with; `pool`: transactions that waited when the node was stopped, a list |
 */
const kind = (letter: string) => letter.charCodeAt(0)

const join = (letter: string, ...parts: readonly Uint8Array[]): Uint8Array => {
  const out = new Uint8Array(1 + parts.reduce((sum, part) => sum + part.length, 0))
  out[0] = kind(letter)
  let at = 1
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** A height as 8 big-endian bytes. */
export function heightBytes(height: bigint): Uint8Array {
  const out = new Uint8Array(8)
  new DataView(out.buffer).setBigUint64(0, height)
  return out
}

/** The inverse of `heightBytes`. */
export function readHeight(bytes: Uint8Array, at = 0): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(at)
}

export const KEY = {
  account: (address: Uint8Array) => join('a', address),
  slot: (address: Uint8Array, slot: Uint8Array) => join('s', address, slot),
  slots: (address: Uint8Array) => join('s', address),
  code: (hash: Uint8Array) => join('c', hash),
  node: (hash: Uint8Array) => join('n', hash),
  header: (height: bigint) => join('b', heightBytes(height)),
  transactions: (height: bigint) => join('x', heightBytes(height)),
  receipts: (height: bigint) => join('r', heightBytes(height)),
  commit: (height: bigint) => join('v', heightBytes(height)),
  report: (height: bigint) => join('l', heightBytes(height)),
  heightOf: (blockHash: Uint8Array) => join('h', blockHash),
  position: (transactionHash: Uint8Array) => join('t', transactionHash),
  range: (level: number, index: bigint) => join('m', Uint8Array.of(level), heightBytes(index)),
  meta: (name: 'version' | 'genesis' | 'head' | 'restoring' | 'since' | 'pool') => join('!', Buffer.from(name)),
  /** Only in snapshots: the store keeps all transactions of a block together. */
  transaction: (height: bigint, index: number) => join('x', heightBytes(height), heightBytes(BigInt(index))),
  allAccounts: join('a'),
  allSlots: join('s'),
} as const
