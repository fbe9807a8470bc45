import { bytesToHex, type Hex } from '@opengradient/protocol'
import { DerReader, readWhole, TAG } from '../asn1/der.ts'
import { readOid, readSmall } from '../asn1/values.ts'
import { demand, refuse } from '../result/rejection.ts'
import type { Certificate } from '../x509/certificate.ts'

/** Intel's extension with what a PCK was issued for (SGX PCK Certificate and CRL Profile, 1.3.5). */
const SGX = '1.2.840.113741.1.13.1'

/** The platform that a PCK certificate names. */
export interface PckPlatform {
  /** Names the machine for ever (16 bytes). */
  readonly ppid: Hex
  readonly fmspc: Hex
  readonly pceId: Hex
  /** Version numbers of sixteen parts. */
  readonly components: readonly number[]
  readonly pceSvn: number
}

/** Reads Intel's extension of a PCK certificate. CHAIN_INVALID when it is missing. */
export function readPck({ extensions }: Pick<Certificate, 'extensions'>): PckPlatform {
  const found = extensions.get(SGX) ?? refuse('CHAIN_INVALID', 'The certificate of the platform lacks Intel’s extension.')
  const fields = readFields(readWhole(found.value, TAG.sequence, 'PCK extension'), SGX)
  const tcb = readFields(new DerReader(field(fields, 2, TAG.sequence)), `${SGX}.2`)
  const components = Array.from({ length: 16 }, (_, i) => svn(tcb, i + 1, 255))
  return {
    ppid: sized(fields, 1, 16),
    fmspc: sized(fields, 4, 6),
    pceId: sized(fields, 3, 2),
    components,
    pceSvn: svn(tcb, 17, 65_535),
  }
}

type Fields = ReadonlyMap<number, { readonly tag: number; readonly value: Uint8Array; readonly bytes: Uint8Array }>

/** A SEQUENCE of pairs whose identifiers end in a number below `arc`. */
function readFields(list: DerReader, arc: string): Fields {
  const fields = new Map<number, ReturnType<DerReader['next']>>()
  while (!list.done) {
    const pair = list.enter(TAG.sequence)
    const oid = readOid(pair)
    const last = Number(oid.slice(arc.length + 1))
    demand(oid.startsWith(`${arc}.`) && Number.isInteger(last) && !fields.has(last), 'MALFORMED', `PCK extension: ${oid} is unexpected.`)
    fields.set(last, pair.next())
    pair.end('PCK extension')
  }
  return fields
}

function field(fields: Fields, name: number, tag: number): Uint8Array {
  const found = fields.get(name)
  demand(found?.tag === tag, 'MALFORMED', `PCK extension: field ${name} is missing or of another type.`)
  return found.value
}

function sized(fields: Fields, name: number, size: number): Hex {
  const value = field(fields, name, TAG.octetString)
  demand(value.length === size, 'MALFORMED', `PCK extension: field ${name} does not have ${size} bytes.`)
  return bytesToHex(value)
}

function svn(fields: Fields, name: number, max: number): number {
  field(fields, name, TAG.integer)
  const value = readSmall(fields.get(name)!)
  demand(value <= max, 'MALFORMED', `PCK extension: field ${name} is above ${max}.`)
  return value
}
