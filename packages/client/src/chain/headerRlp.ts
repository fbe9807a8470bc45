import { bytesToHex, encodeRlp, type Hex, hexToBytes, OgError, parseHeader, parseHex } from '@opengradient/protocol'

/** Header fields in the order of the RLP (yellow paper; EIP-1559, 4895, 4844, 4788, 7685), as `eth_getBlockByNumber` names them. */
const FIELDS = [
  ['parentHash', 'data'],
  ['sha3Uncles', 'data'],
  ['miner', 'data'],
  ['stateRoot', 'data'],
  ['transactionsRoot', 'data'],
  ['receiptsRoot', 'data'],
  ['logsBloom', 'data'],
  ['difficulty', 'quantity'],
  ['number', 'quantity'],
  ['gasLimit', 'quantity'],
  ['gasUsed', 'quantity'],
  ['timestamp', 'quantity'],
  ['extraData', 'data'],
  ['mixHash', 'data'],
  ['nonce', 'data'],
] as const

/** Fields that forks added; the first one missing ends the header. */
const LATER_FIELDS = [
  ['baseFeePerGas', 'quantity'],
  ['withdrawalsRoot', 'data'],
  ['blobGasUsed', 'quantity'],
  ['excessBlobGas', 'quantity'],
  ['parentBeaconBlockRoot', 'data'],
  ['requestsHash', 'data'],
] as const

/**
 * The header of a block as an RPC describes it, put back into the bytes that its hash is of.
 *
 * @throws OgError `RPC_LIED` when the fields do not hash to the hash that the RPC names, or are no header
 */
export function headerRlp(block: unknown): Hex {
  if (typeof block !== 'object' || block === null) throw new OgError('RPC_LIED', 'the RPC has no block that it signed a commit for')
  const fields = block as Record<string, unknown>
  const later = LATER_FIELDS.findIndex(([name]) => fields[name] === undefined || fields[name] === null)
  const present = [...FIELDS, ...(later < 0 ? LATER_FIELDS : LATER_FIELDS.slice(0, later))]
  const rlp = lying(() =>
    bytesToHex(
      encodeRlp(present.map(([name, kind]) => (kind === 'data' ? dataField(fields[name], name) : quantityField(fields[name], name)))),
    ),
  )
  const found = lying(() => parseHeader(rlp)).hash
  if (found !== fields.hash)
    throw new OgError('RPC_LIED', `the fields of block ${String(fields.number)} hash to ${found}, not to the hash that the RPC names`)
  return rlp
}

/** Runs a parser on what an RPC said; what it refuses is a lie of the RPC. */
export function lying<T>(parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    throw new OgError('RPC_LIED', `the RPC gave something that is not what it was asked for: ${(cause as Error).message}`, { cause })
  }
}

export const dataField = (value: unknown, name: string): Uint8Array => hexToBytes(parseHex(value, undefined, name))

export function quantityField(value: unknown, name: string): Uint8Array {
  if (typeof value !== 'string' || !/^0x(0|[1-9a-f][0-9a-f]{0,63})$/.test(value))
    throw new OgError('HEX_MALFORMED', `${name} is no quantity`)
  const digits = value.slice(2)
  return digits === '0' ? new Uint8Array() : hexToBytes(`0x${digits.length % 2 ? '0' : ''}${digits}`)
}
