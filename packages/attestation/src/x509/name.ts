import { type DerReader, readWhole, TAG } from '../asn1/der.ts'
import { OID } from '../asn1/oids.ts'
import { readOid } from '../asn1/values.ts'
import { demand } from '../result/rejection.ts'

const TEXT = new Set<number>([TAG.utf8String, TAG.printableString, TAG.teletexString, TAG.ia5String])

/** A distinguished name. Two names are the same when their bytes are. */
export interface Name {
  readonly bytes: Uint8Array
  /** The common name, if there is exactly one. */
  readonly commonName: string | undefined
}

export function readName(reader: DerReader): Name {
  const { bytes } = reader.next(TAG.sequence)
  const names: string[] = []
  const parts = readWhole(bytes, TAG.sequence, 'Name')
  while (!parts.done) {
    const set = parts.enter(TAG.set)
    demand(!set.done, 'MALFORMED', 'A name with an empty part.')
    while (!set.done) {
      const pair = set.enter(TAG.sequence)
      const oid = readOid(pair)
      const { tag, value } = pair.next()
      pair.end('Name')
      if (oid === OID.commonName && TEXT.has(tag)) names.push(new TextDecoder('utf-8', { fatal: true }).decode(value))
    }
  }
  return { bytes, commonName: names.length === 1 ? names[0] : undefined }
}
