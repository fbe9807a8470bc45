import { decodeRlp, OgError, type RlpItem, rlpBytes, rlpList, rlpUint } from '@opengradient/protocol'

/** Where each type has its lists, among the items of its own list. */
const LISTS: Readonly<Record<number, { readonly accessList?: number; readonly authorizations?: number }>> = {
  0: {},
  1: { accessList: 7 },
  2: { accessList: 8 },
  4: { accessList: 8, authorizations: 9 },
}

const ACCESS_FIELDS = 2
const AUTHORIZATION_FIELDS = 6

/**
 * Throws `RLP_MALFORMED` unless a transaction (EIP-2718, untrusted) is canonical RLP that holds lists where EIP-2930 and EIP-7702 have
 * them, bytes elsewhere, and addresses, slots and numbers of their sizes. To be asked before EthereumJS, which takes a list of 20 items for an
 * address, whatever they are, and follows lists in lists as deep as the stack of this thread goes at this moment: it would refuse what other nodes
 * accept. Of types that this chain does not have nothing is looked at.
 */
export function checkShape(raw: Uint8Array): void {
  const type = raw[0]! >= 0xc0 ? 0 : raw[0]
  const lists = type === undefined ? undefined : LISTS[type]
  if (!lists) return
  const items = rlpList(decodeRlp(type === 0 ? raw : raw.subarray(1)), 'transaction')
  for (const [index, item] of items.entries()) {
    if (index === lists.accessList) checkAccessList(item)
    else if (index === lists.authorizations) checkAuthorizations(item)
    else rlpBytes(item, `transaction, item ${index}`)
  }
}

function checkAccessList(item: RlpItem): void {
  for (const entry of rlpList(item, 'access list')) {
    const [address, slots] = fieldsOf(entry, 'access list', ACCESS_FIELDS)
    rlpBytes(address, 'access list, address', 20)
    for (const slot of rlpList(slots, 'access list, slots')) rlpBytes(slot, 'access list, slot', 32)
  }
}

function checkAuthorizations(item: RlpItem): void {
  for (const entry of rlpList(item, 'authorizations')) {
    const [chainId, address, nonce, yParity, r, s] = fieldsOf(entry, 'authorizations', AUTHORIZATION_FIELDS)
    rlpUint(chainId, 'authorization, chain id', 32)
    rlpBytes(address, 'authorization, address', 20)
    rlpUint(nonce, 'authorization, nonce', 8)
    rlpUint(yParity, 'authorization, y parity', 1)
    rlpUint(r, 'authorization, r', 32)
    rlpUint(s, 'authorization, s', 32)
  }
}

function fieldsOf(entry: RlpItem, list: string, count: number): readonly RlpItem[] {
  const fields = rlpList(entry, `${list}, entry`)
  if (fields.length === count) return fields
  throw new OgError('RLP_MALFORMED', `RLP, ${list}: expected ${count} fields in an entry, got ${fields.length}.`)
}
