import {
  type Account,
  type AccountEvidence,
  type Address,
  accountAt,
  type Header,
  type Hex,
  isOgError,
  OgError,
  parseHex,
  storageAt,
} from '@opengradient/protocol'
import { lying } from '../chain/headerRlp.ts'
import type { Rpc } from '../chain/rpc.ts'

/** Slots asked of one contract in one call. */
const MAX_SLOTS = 256

/** Accounts and storage in the state of one block, each word proven under the block's state root before anybody sees it. */
export interface StateView {
  readonly header: Header
  /** Undefined when the proof shows that there is no such account. @throws OgError `RPC_LIED`, `RPC_ERROR`, `CHAIN_UNREACHABLE` */
  account(address: Address): Promise<Account | undefined>
  /** The word in a slot; 0n when the proof shows that nothing is stored. Reads made at the same time share a call per contract. */
  word(address: Address, slot: Hex): Promise<bigint>
  words(address: Address, slots: readonly Hex[]): Promise<bigint[]>
  /** The proofs themselves, for a bundle. */
  evidence(wanted: readonly { address: Address; slots: readonly Hex[] }[]): Promise<AccountEvidence[]>
}

interface Contract {
  account: Account | undefined
  proof: Hex[]
  slots: Map<Hex, { word: bigint; proof: Hex[] }>
}

interface Waiting {
  slots: Set<Hex>
  done: Promise<Contract>
}

/** @param header already accepted by the trust; nothing else about the RPC is believed */
export function openState(rpc: Rpc, header: Header): StateView {
  const known = new Map<Address, Contract>()
  const waiting = new Map<Address, Waiting>()

  const fetchProven = async (address: Address, slots: Hex[]): Promise<Contract> => {
    const parts = await Promise.all(
      chunked(slots).map((part) => rpc.call('eth_getProof', [address, part, `0x${header.number.toString(16)}`])),
    )
    for (const [i, part] of chunked(slots).entries()) accept(known, header, address, part, parts[i])
    return known.get(address) as Contract
  }

  const load = async (address: Address, slots: readonly Hex[]): Promise<Contract> => {
    const contract = known.get(address)
    const missing = slots.filter((slot) => !contract?.slots.has(slot))
    if (contract && missing.length === 0) return contract
    const joined = waiting.get(address) ?? collect(address)
    for (const slot of missing) joined.slots.add(slot)
    return joined.done
  }

  const collect = (address: Address): Waiting => {
    const slots = new Set<Hex>()
    const done = Promise.resolve().then(() => {
      waiting.delete(address)
      return fetchProven(address, [...slots])
    })
    const entry = { slots, done }
    waiting.set(address, entry)
    return entry
  }

  const words = async (address: Address, slots: readonly Hex[]): Promise<bigint[]> => {
    const contract = await load(address, slots)
    return slots.map((slot) => (contract.slots.get(slot) as { word: bigint }).word)
  }

  return {
    header,
    account: async (address) => (await load(address, [])).account,
    word: async (address, slot) => (await words(address, [slot]))[0] as bigint,
    words,
    evidence: (wanted) =>
      Promise.all(
        wanted.map(async ({ address, slots }) => {
          const { proof, slots: found } = await load(address, slots)
          return { address, proof, storage: slots.map((slot) => ({ slot, proof: (found.get(slot) as { proof: Hex[] }).proof })) }
        }),
      ),
  }
}

/** Verifies one answer of `eth_getProof` and keeps what it proves. */
function accept(known: Map<Address, Contract>, header: Header, address: Address, slots: readonly Hex[], answer: unknown): void {
  const { accountProof, storageProof } = lying(() => readAnswer(answer, slots.length))
  const contract =
    known.get(address) ??
    proven(header, address, () => ({ account: accountAt(header.stateRoot, address, accountProof), proof: accountProof, slots: new Map() }))
  for (const [i, slot] of slots.entries()) {
    const proof = storageProof[i] as Hex[]
    const word = proven(header, address, () => (contract.account ? BigInt(storageAt(contract.account.storageRoot, slot, proof)) : 0n))
    contract.slots.set(slot, { word, proof })
  }
  known.set(address, contract)
}

/** The proofs in the answer; the values beside them are not even looked at, since the proofs hold them. */
function readAnswer(answer: unknown, slots: number): { accountProof: Hex[]; storageProof: Hex[][] } {
  const { accountProof, storageProof } = answer as { accountProof: unknown; storageProof: unknown }
  if (!Array.isArray(storageProof) || storageProof.length !== slots)
    throw new OgError('PROOF_MALFORMED', `expected ${slots} storage proofs`)
  return { accountProof: nodes(accountProof), storageProof: storageProof.map((entry: { proof?: unknown } | null) => nodes(entry?.proof)) }
}

function nodes(value: unknown): Hex[] {
  if (!Array.isArray(value) || value.length > 65) throw new OgError('PROOF_MALFORMED', 'a proof is a list of at most 65 nodes')
  return value.map((node) => parseHex(node, undefined, 'proof node'))
}

function proven<T>(header: Header, address: Address, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (!isOgError(cause)) throw cause
    throw new OgError('RPC_LIED', `the RPC gave a proof for ${address} that block ${header.number} contradicts: ${cause.message}`, {
      cause,
      details: { address, height: header.number, blockHash: header.hash },
    })
  }
}

function chunked(slots: readonly Hex[]): Hex[][] {
  const parts: Hex[][] = []
  for (let at = 0; at < slots.length || at === 0; at += MAX_SLOTS) parts.push(slots.slice(at, at + MAX_SLOTS))
  return parts
}
