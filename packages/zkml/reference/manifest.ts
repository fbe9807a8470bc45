import { Reject, same, tagged } from './bytes.ts'
import { decodeCbor, type Item } from './cbor.ts'

/** What a manifest says. SPEC 2.8. */
export interface Manifest {
  readonly ir: Uint8Array
  readonly weights: 0 | 1
  readonly wd: Uint8Array
  readonly pcs: readonly (readonly [batch: number, c: number, l: number])[]
}

const wrong = (what: string): never => {
  throw new Reject('WRONG_MODEL', what)
}
const digest = (item: Item | undefined): Uint8Array => (item instanceof Uint8Array && item.length === 32 ? item : wrong('digest'))

/** The manifest behind its name; anything else is `WRONG_MODEL`. SPEC 2.8, 9.2. */
export function manifestOf(bytes: Uint8Array, id: Uint8Array): Manifest {
  if (bytes.length > 2 ** 12 || !same(tagged('zkml/v1/model', bytes), id)) wrong('name')
  const of = decodeCbor(bytes, 'WRONG_MODEL')
  if (!(of instanceof Map)) return wrong('map')
  const keys = [...of.keys()].filter((key) => key !== 'onnx')
  if (keys.sort().join() !== 'ir,pcs,v,wd,weights' || of.get('v') !== 1) wrong('keys')
  if (of.has('onnx')) digest(of.get('onnx'))
  const [weights, listed] = [of.get('weights'), of.get('pcs')]
  if (weights !== 0 && weights !== 1) return wrong('weights')
  if (!Array.isArray(listed) || listed.length < 1 || listed.length > 64) return wrong('pcs')
  const pcs = listed.map((entry: Item): [number, number, number] => {
    if (!Array.isArray(entry) || entry.length !== 3 || entry.some((one) => typeof one !== 'number')) return wrong('entry')
    const [batch, c, l] = entry as [number, number, number]
    return batch <= 2 ** 12 && c >= 5 && c <= 14 && l >= c + 2 && l <= 20 ? [batch, c, l] : wrong('sizes')
  })
  pcs.forEach(([batch, c, l], i) => {
    if (batch <= (pcs[i - 1]?.[0] ?? 0)) wrong('batches in order')
    if (weights === 1 && (c !== pcs[0]![1] || l !== pcs[0]![2])) wrong('other sizes')
  })
  return { ir: digest(of.get('ir')), weights, wd: digest(of.get('wd')), pcs }
}
