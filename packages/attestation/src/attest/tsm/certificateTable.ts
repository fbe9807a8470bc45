import { bytesToHex } from '@opengradient/protocol'
import { BinaryReader } from '../../binary/reader.ts'
import type { Endorsements } from '../../result/evidence.ts'
import { demand } from '../../result/rejection.ts'
import type { SnpReport } from '../../snp/report.ts'

/** What the entries of the table hold, by GUID (GHCB specification 2.03, 4.1.8.1). */
const KINDS: Readonly<Record<string, 'vcek' | 'vlek' | 'ask' | 'ark' | 'crl'>> = {
  '63da758de6644564adc5f4b93be8accd': 'vcek',
  a8074bc2a25a483eaae639c045a0b8a1: 'vlek',
  '4ab7b379bbac4fe4a02f05aef327c782': 'ask',
  c0b406a4a803495297433fb6014cd0ae: 'ark',
  '92f81bc358114d3d97ffd19f88dc67ea': 'crl',
}
const ENTRY_SIZE = 24
const MAX_ENTRIES = 32

/**
 * The certificates that the host put beside an SNP report: entries of GUID, offset and length (little-endian), closed by one of zeros, then
 * the certificates in DER. Entries that are not known are left out; what the known ones hold is verified with the evidence. The certificate of
 * the kind of key that signed (`signer`) comes first, as verifiers want it; without it there are none. MALFORMED.
 */
export function readCertificateTable(table: Uint8Array, signer: SnpReport['signer']): Endorsements {
  const found = new Map<string, Uint8Array>()
  for (const { guid, offset, length } of readEntries(table)) {
    const kind = KINDS[bytesToHex(guid).slice(2)] ?? KINDS[bytesToHex(mixed(guid)).slice(2)]
    if (kind === undefined) continue
    demand(!found.has(kind), 'MALFORMED', `Certificate table: two entries of ${kind}.`)
    demand(offset + length <= table.length, 'MALFORMED', 'Certificate table: an entry that points outside.')
    found.set(kind, table.slice(offset, offset + length))
  }
  const leaf = found.get(signer)
  const authorities = [found.get('ask'), found.get('ark')].filter((der) => der !== undefined)
  const crl = found.get('crl')
  return { ...(leaf ? { certificates: [leaf, ...authorities] } : {}), ...(crl ? { crls: [crl] } : {}) }
}

function readEntries(table: Uint8Array) {
  const r = new BinaryReader(table, 'Certificate table')
  const entries: { guid: Uint8Array; offset: number; length: number }[] = []
  for (;;) {
    demand(entries.length <= MAX_ENTRIES, 'MALFORMED', `Certificate table: more than ${MAX_ENTRIES} entries.`)
    demand(r.left >= ENTRY_SIZE, 'MALFORMED', 'Certificate table: it is not closed.')
    const entry = { guid: r.take(16), offset: r.little(4), length: r.little(4) }
    if (entry.guid.every((byte) => byte === 0)) return entries
    entries.push(entry)
  }
}

/** The order of bytes in which Microsoft writes GUIDs: the first three fields turned around. Some hosts do. */
const mixed = (guid: Uint8Array): Uint8Array => Uint8Array.from([3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15], (i) => guid[i]!)
