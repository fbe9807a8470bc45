import { concatBytes } from '@opengradient/protocol'
import { AUTHORITY, type CertificateOptions, issueCrl, issuerOf, LEAF, type Lineage, type ListDates } from './ca.ts'
import { extension, int, octets, oid, seq } from './der.ts'
import type { SigningKey } from './keys.ts'
import { little } from './patch.ts'

export interface GpuKeys {
  readonly root: SigningKey
  readonly family: SigningKey
  readonly maker: SigningKey
  readonly brom: SigningKey
  readonly gpu: SigningKey
}

const FAMILY = 'GH100 Identity'
const MAKER = 'GH100 Provisioner'
const BROM = 'GH100 A01 GSP BROM'

const deviceId = (owner: SigningKey, firmware: Uint8Array): Uint8Array =>
  extension('2.23.133.5.4.1', seq(int(1), owner.spki, seq(oid('2.16.840.1.101.3.4.2.2'), octets(firmware))))

/** NVIDIA: root → family → factory → boot ROM → GPU, and the lists of the first two. */
export function gpuCertificates(keys: GpuKeys, lineage: Lineage) {
  const { root } = lineage
  const issue = issuerOf(lineage)
  const authority = (subject: string, issuer: string, key: SigningKey, by: SigningKey, serial: number): Uint8Array =>
    issue({ subject, issuer, key, by, ...AUTHORITY, serial })
  const authorities = {
    root: authority(root, root, keys.root, keys.root, 1),
    family: authority(FAMILY, root, keys.family, keys.root, 2),
    maker: authority(MAKER, FAMILY, keys.maker, keys.family, 3),
    brom: authority(BROM, MAKER, keys.brom, keys.maker, 4),
  }
  const leaf = ({ firmware, ...o }: Partial<CertificateOptions> & { readonly firmware: Uint8Array }): Uint8Array =>
    issue({
      subject: 'GH100 A01 GSP FMC LF',
      issuer: BROM,
      key: keys.gpu,
      by: keys.brom,
      ...LEAF,
      serial: 5,
      extensions: [deviceId(keys.gpu, firmware)],
      ...o,
    })
  const crls = (dates: ListDates, ofRoot: readonly number[] = [], ofFamily: readonly number[] = []): Uint8Array[] => [
    issueCrl({ ...lineage, issuer: root, by: keys.root, revoked: ofRoot, ...dates }),
    issueCrl({ ...lineage, issuer: FAMILY, by: keys.family, revoked: ofFamily, ...dates }),
  ]
  return { ...authorities, leaf, crls }
}

/** A block of measurements. */
export const block = (index: number, value: Uint8Array = new Uint8Array(48).fill(index)): Uint8Array =>
  concatBytes(Uint8Array.of(index, 1), little(value.length + 3, 2), Uint8Array.of(0), little(value.length, 2), value)

/** One of NVIDIA's fields. */
export const field = (kind: number, value: Uint8Array): Uint8Array => concatBytes(little(kind, 2), little(value.length, 2), value)

export interface GpuOptions {
  /** 32 bytes. */
  readonly nonce: Uint8Array
  readonly by: SigningKey
  readonly blocks: readonly Uint8Array[]
  readonly fields: readonly Uint8Array[]
  readonly head?: readonly number[]
  readonly response?: readonly number[]
  readonly count?: number
}

/** Request and signed response. */
export function gpuReport({ nonce, by, blocks, fields, ...o }: GpuOptions): Uint8Array {
  const record = concatBytes(...blocks)
  const opaque = concatBytes(...fields)
  const signed = concatBytes(
    Uint8Array.from(o.head ?? [0x11, 0xe0, 1, 0xff]),
    nonce,
    Uint8Array.of(0),
    Uint8Array.from(o.response ?? [0x11, 0x60, 0, 0]),
    Uint8Array.of(o.count ?? blocks.length),
    little(record.length, 3),
    record,
    new Uint8Array(32).fill(0xb4),
    little(opaque.length, 2),
    opaque,
  )
  return concatBytes(signed, by.raw(signed))
}
