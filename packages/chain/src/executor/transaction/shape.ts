import { OgError } from '@opengradient/protocol'
import type { ListCounts } from './fields.ts'
import { type Layout, SIGNATURE_ITEMS } from './layout.ts'
import { type RlpExtent, strictItemAt } from './strictRlp.ts'

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

/** Where everything is in a transaction whose form is right. */
export interface Shape {
  /** The whole list: type and head are before it. */
  readonly list: RlpExtent
  readonly items: readonly RlpExtent[]
  readonly counts: ListCounts
}

/**
 * Where the items of a transaction (EIP-2718, untrusted) with this layout are. Throws `RLP_MALFORMED` unless it is canonical RLP that holds
 * lists where EIP-2930 and EIP-7702 have them, bytes elsewhere, and addresses, slots and numbers of their sizes in them. Nothing is made of
 * what is read, and nothing behind the first fault is looked at: whoever signs nothing can send it.
 */
export function shapeOf(raw: Uint8Array, type: number, { accessList, authorizations, signature }: Layout): Shape {
  const list = strictItemAt(raw, type === 0 ? 0 : 1, raw.length)
  if (list.end !== raw.length) throw malformed(`transaction: ${raw.length - list.end} bytes after it`)
  const most = signature + SIGNATURE_ITEMS
  const counts = { addresses: 0, slots: 0, authorizations: 0 }
  const items: RlpExtent[] = []
  eachOf(raw, list, 'transaction', (item, index) => {
    if (index >= most) throw malformed(`transaction: more than ${most} items`)
    items.push(item)
    if (index === accessList) counts.addresses = eachOf(raw, item, 'access list', checkAccess(raw, counts))
    else if (index === authorizations) counts.authorizations = eachOf(raw, item, 'authorizations', checkAuthorization(raw))
    else if (item.list) throw malformed(`transaction, item ${index}: expected bytes, got a list`)
  })
  return { list, items, counts }
}

const checkAccess = (raw: Uint8Array, counts: { slots: number }) => (entry: RlpExtent) => {
  const count = eachOf(raw, entry, 'access list, entry', (item, index) => {
    if (index === 0) checkField(raw, item, 'access list', ADDRESS)
    else if (index === 1) counts.slots += eachOf(raw, item, 'access list, slots', (slot) => checkField(raw, slot, 'access list', SLOT))
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
  for (let at = list.start; at < list.end; count++) {
    const item = strictItemAt(raw, at, list.end)
    check(item, count)
    at = item.end
  }
  return count
}

function checkField(raw: Uint8Array, { list, start, end }: RlpExtent, where: string, field: Field): void {
  const place = `${where}, ${field.name}`
  const length = end - start
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
