import { isMachineFault, OgError } from '@opengradient/protocol'
import type { Crypto } from '../../crypto/crypto.ts'
import { toBigint } from '../../state/account.ts'
import { encodeBytes, encodeList } from '../../trie/rlp.ts'
import { type Fields, readAccessList, readAuthorizations, scalarFields } from './fields.ts'
import { type Layout, layoutOf, typeOf } from './layout.ts'
import { type Shape, shapeOf } from './shape.ts'

/** A transaction, and the 20 bytes of who signed it. */
export interface SignedTransaction {
  /** Its lists are made anew for whoever asks for them. */
  readonly fields: Fields
  readonly sender: Uint8Array
}

/** `y parity` of EIP-2718's types, 0 or 1. */
interface Signature {
  readonly parity: bigint
  readonly r: Uint8Array
  readonly s: Uint8Array
}

const BLOBS = 3
const MAX_UINT64 = 2n ** 64n - 1n
const MAX_UINT256 = 2n ** 256n - 1n
/** EIP-3860, bytes. */
const MAX_INIT_CODE = 49_152
/** EIP-2: half the order of secp256k1, rounded down. */
const MAX_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n

/**
 * Reads a transaction (EIP-2718, untrusted) and finds its sender: everything that is the same in every state, in little more time than its
 * two hashes and the recovery of its signature take, since whoever has no money can send it. Throws `RLP_MALFORMED`, or `CHAIN_TX_REJECTED`
 * for what is not as Ethereum has it at prague, of another chain or of none, or a blob transaction. Accepts exactly what EthereumJS accepts
 * of what has the right shape; the tests compare them.
 */
export function readSigned(raw: Uint8Array, chainId: bigint, crypto: Pick<Crypto, 'keccak' | 'recover'>): SignedTransaction {
  const type = typeOf(raw)
  if (type === BLOBS) throw rejected('this chain has no blob transactions')
  const layout = type === undefined ? undefined : layoutOf(type)
  if (type === undefined || !layout) throw rejected(type === undefined ? 'it is empty' : `its type ${type} is unknown`)
  const shape = shapeOf(raw, type, layout)
  if (shape.items.length < layout.signature) throw rejected(`it has ${shape.items.length} fields, not ${layout.signature} and a signature`)
  checkNumbers(raw, shape, layout)
  const signature = signatureIn(raw, shape, layout, chainId)
  const scalars = scalarFields(raw, type, shape.items)
  checkFields(scalars, shape)
  return {
    fields: {
      ...scalars,
      counts: shape.counts,
      get accessList() {
        return layout.accessList === undefined ? [] : readAccessList(raw, shape.items[layout.accessList]!)
      },
      get authorizations() {
        return layout.authorizations === undefined ? [] : readAuthorizations(raw, shape.items[layout.authorizations]!)
      },
    },
    sender: signerOf(signedPart(raw, type, shape, layout, chainId), signature, crypto),
  }
}

function checkNumbers(raw: Uint8Array, shape: Shape, { nonce, fees, gas }: Layout): void {
  checkNumber(raw, shape, nonce, 'nonce', 8)
  checkNumber(raw, shape, fees[0], 'fee', 32)
  checkNumber(raw, shape, fees[1], 'fee', 32)
  checkNumber(raw, shape, gas, 'gas', 8)
  checkNumber(raw, shape, gas + 2, 'value', 32)
}

function checkNumber(raw: Uint8Array, { items }: Shape, index: number, name: string, most: number): void {
  const { start, end } = items[index]!
  if (end - start > most) throw rejected(`its ${name} has ${end - start} bytes, more than ${most}`)
  if (end > start && raw[start] === 0) throw rejected(`its ${name} has leading zeros`)
}

function checkFields(
  { type, nonce, gasLimit, maxFeePerGas, maxPriorityFeePerGas, to, data }: ReturnType<typeof scalarFields>,
  shape: Shape,
) {
  if (nonce === MAX_UINT64) throw rejected(`its nonce is ${nonce}, which nothing can follow (EIP-2681)`)
  if (gasLimit * maxFeePerGas > MAX_UINT256) throw rejected('its gas may cost more than 2^256 - 1 wei')
  if (maxFeePerGas < maxPriorityFeePerGas) throw rejected(`its priority fee ${maxPriorityFeePerGas} is more than its fee ${maxFeePerGas}`)
  if (to && to.length !== 20) throw rejected(`its target has ${to.length} bytes, not 20`)
  if (!to && data.length > MAX_INIT_CODE) throw rejected(`its init code has ${data.length} bytes, more than ${MAX_INIT_CODE}`)
  if (type !== 4) return
  if (!to) throw rejected('a transaction of type 4 calls somebody (EIP-7702)')
  if (shape.counts.authorizations === 0) throw rejected('a transaction of type 4 authorizes something (EIP-7702)')
}

function signatureIn(raw: Uint8Array, shape: Shape, layout: Layout, chainId: bigint): Signature {
  const { items } = shape
  const [v, r, s] = [layout.signature, layout.signature + 1, layout.signature + 2]
  if (!items[s]) throw rejected('it is not signed')
  const bytes = (index: number): Uint8Array => raw.subarray(items[index]!.start, items[index]!.end)
  checkNumber(raw, shape, v, 'v', 32)
  checkNumber(raw, shape, r, 'r', 32)
  checkNumber(raw, shape, s, 's', 32)
  if (bytes(r).length === 0 || bytes(s).length === 0) throw rejected('it is not signed')
  if (toBigint(bytes(s)) > MAX_S) throw rejected('its signature is wrong: s is more than half the order of the curve (EIP-2)')
  const parity = layout.chainId === undefined ? legacyParity(toBigint(bytes(v)), chainId) : toBigint(bytes(v))
  if (layout.chainId !== undefined) {
    checkNumber(raw, shape, layout.chainId, 'chain id', 32)
    checkChain(toBigint(bytes(layout.chainId)), chainId)
  }
  if (parity > 1n) throw rejected(`its signature is wrong: the parity is ${parity}, not 0 or 1`)
  return { parity, r: bytes(r), s: bytes(s) }
}

/** EIP-155: `v` says the chain, too. */
function legacyParity(v: bigint, chainId: bigint): bigint {
  if (v === 0n) throw rejected('it is not signed')
  if (v === 27n || v === 28n) throw rejected('it names no chain id (EIP-155), so it could be replayed on another chain')
  if (v < 35n) throw rejected(`its signature is wrong: v is ${v}`)
  checkChain((v - 35n) / 2n, chainId)
  return (v - 35n) % 2n
}

function checkChain(named: bigint, chainId: bigint): void {
  if (named !== chainId) throw rejected(`its chain id is ${named}, not that of this chain`)
}

/** What the signature is of: the type, and a list of the items before the signature; in legacy ones with the chain id and two zeros (EIP-155). */
function signedPart(raw: Uint8Array, type: number, { list, items }: Shape, { signature }: Layout, chainId: bigint): Uint8Array {
  const fields = raw.subarray(list.start, items[signature - 1]!.end)
  if (type === 0) return encodeList([fields, encodeBytes(numberBytes(chainId)), Uint8Array.of(0x80, 0x80)])
  const encoded = encodeList([fields])
  const signed = new Uint8Array(1 + encoded.length)
  signed[0] = type
  signed.set(encoded, 1)
  return signed
}

function numberBytes(value: bigint): Uint8Array {
  const hex = value.toString(16)
  return Uint8Array.from(Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex'))
}

function signerOf(signed: Uint8Array, { parity, r, s }: Signature, { keccak, recover }: Pick<Crypto, 'keccak' | 'recover'>): Uint8Array {
  try {
    return keccak(recover(keccak(signed), parity, r, s)).slice(12)
  } catch (cause) {
    if (isMachineFault(cause)) throw cause
    throw rejected('its signature is wrong: no key has made it', cause)
  }
}

/** The refusal of a transaction; `why` is what is wrong with it. */
export const rejected = (why: string, cause?: unknown) =>
  new OgError('CHAIN_TX_REJECTED', `The transaction was refused: ${why}.`, { cause })
