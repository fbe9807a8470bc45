import { ADDRESSES } from '@opengradient/contracts/addresses'
import { hexToBytes } from '@opengradient/protocol'
import { toBigint, unseal } from '../../state/account.ts'
import { KEY } from '../../state/keys.ts'
import type { Store, Write } from '../../state/store.ts'
import { refused } from '../format.ts'

const HISTORY = hexToBytes(ADDRESSES.history)

/**
 * The nodes of the range of block hashes that a node at `head` needs to go on: the peaks over the blocks below, as the storage of the
 * `History` contract holds them (slot 0: how many blocks, slot 1 + level: the peak). The state has been verified, so they are.
 */
export function peakWrites(store: Pick<Store, 'get'>, head: bigint): Write[] {
  const read = (slot: bigint): Uint8Array => {
    const key = KEY.slot(HISTORY, word(slot))
    const sealed = store.get(key)
    return sealed ? unseal(key, sealed) : new Uint8Array()
  }
  if (toBigint(read(0n)) !== head) throw refused('its History is not of its block')
  const writes: Write[] = []
  for (let level = 0; head >> BigInt(level) > 0n; level++) {
    const index = head >> BigInt(level)
    if ((index & 1n) === 1n) writes.push({ key: KEY.range(level, index - 1n), value: word(toBigint(read(1n + BigInt(level)))) })
  }
  return writes
}

const word = (value: bigint): Uint8Array => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
