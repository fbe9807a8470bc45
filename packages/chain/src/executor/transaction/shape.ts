import { OgError } from '@opengradient/protocol'
import { type RlpExtent, strictItemAt } from './strictRlp.ts'

/** Where each type has its lists, among the items of its own list. */
const LISTS: Readonly<Record<number, { readonly accessList?: number; readonly authorizations?: number }>> = {
  0: {},
  1: { accessList: 7 },
  2: { accessList: 8 },
  4: { accessList: 8, authorizations: 9 },
}

/** No type has more. */
const MOST_ITEMS = 13
/** Bytes of each field, and how many they may be: exactly so many, or a number of so many at most. */
const ADDRESS = { name: 'address', exactly: 20 } as const
const SLOT = { name: 'slot', exactly: 32 } as const
const AUTHORIZATION = [
  { name: 'chain id', atMost: 32 },
  ADDRESS,
  { name: 'nonce', atMost: 8 },
  { name: 'y parity', atMost: 1 },
  { name: 'r', atMost: 32 },
  { name: 's', atMost: 32 },
] as const
type Field = { readonly name: string } & ({ readonly exactly: number } | { readonly atMost: number })

/**
 * Throws `RLP_MALFORMED` unless a transaction (EIP-2718, untrusted) is canonical RLP that holds lists where EIP-2930 and EIP-7702 have
 * them, bytes elsewhere, and addresses, slots and numbers of their sizes. To be asked before EthereumJS, which takes a list of 20 items for an
 * address, whatever they are, and follows lists in lists as deep as the stack of this thread goes at this moment: it would refuse what other nodes
 * accept. Of types that this chain does not have nothing is looked at. Nothing is made of what is read, and nothing behind the first fault is
 * looked at: whoever signs nothing can send it.
 */
export function checkShape(raw: Uint8Array): void {
  const type = raw[0]! >= 0xc0 ? 0 : raw[0]
  const lists = type === undefined ? undefined : LISTS[type]
  if (!lists) return
  const whole = strictItemAt(raw, type === 0 ? 0 : 1, raw.length)
  if (whole.stop !== raw.length) throw malformed(`transaction: ${raw.length - whole.stop} bytes after it`)
  eachOf(raw, whole, 'transaction', (item, index) => {
    if (index >= MOST_ITEMS) throw malformed(`transaction: more than ${MOST_ITEMS} items`)
    if (index === lists.accessList) eachOf(raw, item, 'access list', checkAccess(raw))
    else if (index === lists.authorizations) eachOf(raw, item, 'authorizations', checkAuthorization(raw))
    else if (item.list) throw malformed(`transaction, item ${index}: expected bytes, got a list`)
  })
}

const checkAccess = (raw: Uint8Array) => (entry: RlpExtent) => {
  const count = eachOf(raw, entry, 'access list, entry', (item, index) => {
    if (index === 0) checkField(raw, item, 'access list', ADDRESS)
    else if (index === 1) eachOf(raw, item, 'access list, slots', (slot) => checkField(raw, slot, 'access list', SLOT))
    else throw wrongCount('access list', 2, 'more')
  })
  if (count < 2) throw wrongCount('access list', 2, count)
}

const checkAuthorization = (raw: Uint8Array) => (entry: RlpExtent) => {
  const { length } = AUTHORIZATION
  const count = eachOf(raw, entry, 'authorizations, entry', (item, index) => {
    const field = AUTHORIZATION[index]
    if (!field) throw wrongCount('authorizations', length, 'more')
    checkField(raw, item, 'authorization', field)
  })
  if (count < length) throw wrongCount('authorizations', length, count)
}

/** Looks at the items of a list one after the other; answers how many there are. */
function eachOf(raw: Uint8Array, list: RlpExtent, name: string, check: (item: RlpExtent, index: number) => void): number {
  if (!list.list) throw malformed(`${name}: expected a list`)
  let count = 0
  for (let at = list.start; at < list.stop; count++) {
    const item = strictItemAt(raw, at, list.stop)
    check(item, count)
    at = item.stop
  }
  return count
}

function checkField(raw: Uint8Array, { list, start, stop }: RlpExtent, where: string, field: Field): void {
  const place = `${where}, ${field.name}`
  const length = stop - start
  if (list) throw malformed(`${place}: expected bytes, got a list`)
  if ('exactly' in field) {
    if (length !== field.exactly) throw malformed(`${place}: expected ${field.exactly} bytes, got ${length}`)
    return
  }
  if (length > field.atMost) throw malformed(`${place}: expected at most ${field.atMost} bytes, got ${length}`)
  if (length > 0 && raw[start] === 0) throw malformed(`${place}: an integer has no leading zeros`)
}

const wrongCount = (list: string, expected: number, got: number | 'more') =>
  malformed(`${list}: expected ${expected} fields in an entry, got ${got}`)

const malformed = (what: string) => new OgError('RLP_MALFORMED', `RLP, ${what}.`)
