import { OgError } from '@opengradient/protocol'
import { manyBytes, message } from './protobuf/message.ts'
import { Reader } from './protobuf/reader.ts'

/** No transaction begins with it: up to 0x7f it would be a type, from 0xc0 on a list (EIP-2718). */
const MARK = 0x80
/** Transactions in one bundle, and their bytes together, at most; one that is larger travels alone. */
export const BUNDLE = 64
export const BUNDLE_BYTES = 64 * 1024

const Bundle = message({ transactions: manyBytes(1) })

/**
 * What CometBFT's mempool carries from node to node: a transaction as it is, or several in one message, which costs CometBFT and the nodes
 * about as much as one. Blocks know nothing of bundles. Within the limits above.
 */
export function writeBundle(raws: readonly Uint8Array[]): Uint8Array {
  if (raws.length === 1) return raws[0]!
  const body = Bundle.write({ transactions: raws })
  const bundle = new Uint8Array(1 + body.length)
  bundle[0] = MARK
  bundle.set(body, 1)
  return bundle
}

/** The transactions in what a peer sent, each in memory of its own; none when it is no bundle as this node makes them. Never throws. */
export function readBundle(bytes: Uint8Array): readonly Uint8Array[] {
  if (bytes[0] !== MARK) return [bytes]
  try {
    const { transactions } = Bundle.read(new Reader(bytes, { left: BUNDLE }, 1))
    const size = transactions.reduce((sum, { length }) => sum + length, 0)
    return size > BUNDLE_BYTES ? [] : transactions.map((raw) => raw.slice())
  } catch (error) {
    if (error instanceof OgError) return []
    throw error
  }
}
