import { concatBytes, uintBytes, utf8 } from '@opengradient/protocol'
import type { TrustAnchor } from '../roots/types.ts'
import { AUTHORITY, type CertificateOptions, issue, issueCrl, LEAF } from './ca.testkit.ts'
import { extension, int, octets, oid, seq } from './der.testkit.ts'
import { ecKey, type TestKey } from './keys.testkit.ts'

const key = (name: string): TestKey => ecKey('P-384', `gpu ${name}`)
export const gpuKeys = {
  root: key('root'),
  family: key('family'),
  maker: key('maker'),
  brom: key('brom'),
  gpu: key('gpu'),
  other: key('other'),
}
const below = (subject: string, issuer: string, own: TestKey, by: TestKey, serial: number): Uint8Array =>
  issue({ subject, issuer, key: own, by, ...AUTHORITY, serial })
export const gpuRoot = below('Device CA', 'Device CA', gpuKeys.root, gpuKeys.root, 1)
export const gpuFamily = below('GH100 Identity', 'Device CA', gpuKeys.family, gpuKeys.root, 2)
export const gpuMaker = below('GH100 Provisioner', 'GH100 Identity', gpuKeys.maker, gpuKeys.family, 3)
export const gpuBrom = below('GH100 A01 GSP BROM', 'GH100 Provisioner', gpuKeys.brom, gpuKeys.maker, 4)
export const FIRMWARE = new Uint8Array(48).fill(0xf1)

const deviceId = (owner: TestKey, firmware: Uint8Array): Uint8Array =>
  extension('2.23.133.5.4.1', seq(int(1), owner.spki, seq(oid('2.16.840.1.101.3.4.2.2'), octets(firmware))))

export const gpuLeaf = (o: Partial<CertificateOptions> & { readonly firmware?: Uint8Array } = {}): Uint8Array =>
  issue({
    subject: 'GH100 A01 GSP FMC LF',
    issuer: 'GH100 A01 GSP BROM',
    key: gpuKeys.gpu,
    by: gpuKeys.brom,
    ...LEAF,
    serial: 5,
    extensions: [deviceId(gpuKeys.gpu, o.firmware ?? FIRMWARE)],
    ...o,
  })

export const gpuChain = (leaf = gpuLeaf()): Uint8Array[] => [leaf, gpuBrom, gpuMaker, gpuFamily, gpuRoot]
export const gpuRoots = { nvidia: { anchors: [{ certificate: gpuRoot, trust: 'development' } satisfies TrustAnchor] } }
export const gpuCrls = (root: readonly number[] = [], family: readonly number[] = []): Uint8Array[] => [
  issueCrl({ issuer: 'Device CA', by: gpuKeys.root, revoked: root }),
  issueCrl({ issuer: 'GH100 Identity', by: gpuKeys.family, revoked: family }),
]

export const GPU_NONCE = new Uint8Array(32).fill(0x9e)
const little = (value: number, size: number): Uint8Array => uintBytes(value, size).reverse()

export const block = (index: number, value = new Uint8Array(48).fill(index)): Uint8Array =>
  concatBytes(Uint8Array.of(index, 1), little(value.length + 3, 2), Uint8Array.of(0), little(value.length, 2), value)
export const field = (kind: number, value: Uint8Array): Uint8Array => concatBytes(little(kind, 2), little(value.length, 2), value)

export interface GpuOptions {
  readonly nonce?: Uint8Array
  readonly head?: readonly number[]
  readonly response?: readonly number[]
  readonly blocks?: readonly Uint8Array[]
  readonly count?: number
  readonly fields?: readonly Uint8Array[]
  readonly by?: TestKey
}

/** Request and signed response. */
export function gpuReport({
  nonce = GPU_NONCE,
  head = [0x11, 0xe0, 1, 0xff],
  response = [0x11, 0x60, 0, 0],
  ...o
}: GpuOptions = {}): Uint8Array {
  const blocks = o.blocks ?? [block(1), block(2), block(3)]
  const fields = o.fields ?? [field(3, utf8('550.90.07\0')), field(6, Uint8Array.of(0, 0x9f, 0, 0x96, 1, 0, 0, 0)), field(20, FIRMWARE)]
  const record = concatBytes(...blocks)
  const opaque = concatBytes(...fields)
  const signed = concatBytes(
    Uint8Array.from(head),
    nonce,
    Uint8Array.of(0),
    Uint8Array.from(response),
    Uint8Array.of(o.count ?? blocks.length),
    little(record.length, 3),
    record,
    new Uint8Array(32).fill(0xb4),
    little(opaque.length, 2),
    opaque,
  )
  return concatBytes(signed, (o.by ?? gpuKeys.gpu).raw(signed))
}
