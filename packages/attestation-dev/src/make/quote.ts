import { concatBytes, hexToBytes } from '@opengradient/protocol'
import { digest } from './hash.ts'
import type { SigningKey } from './keys.ts'
import { little, type Patches, patch } from './patch.ts'

const QE_SIGNER = new Uint8Array(32).fill(0xdc)

/** An enclave's report (384 bytes) with patches. */
export const sgxBody = (patches: Patches = {}): Uint8Array =>
  patch(new Uint8Array(384), {
    48: [0x11],
    64: new Uint8Array(32).fill(0x6e),
    128: QE_SIGNER,
    256: [2, 0, 4, 0],
    320: new Uint8Array(64).fill(0xda),
    ...patches,
  })

/** A trust domain's report (584 or 648 bytes) with patches: module generation 1, version 5. */
export const tdBody = (patches: Patches = {}, size = 584): Uint8Array =>
  patch(new Uint8Array(size), { 0: [5, 1, 2], 136: new Uint8Array(48).fill(0x3d), 520: new Uint8Array(64).fill(0xda), ...patches })

export interface QuoteOptions {
  readonly version?: 3 | 4 | 5
  readonly body: Uint8Array
  readonly tee?: number
  readonly header?: Patches
  /** PEM: platform, authority, root. */
  readonly certificates: Uint8Array
  /** The key of the quoting enclave, and that of the platform, which certifies it. */
  readonly attestation: SigningKey
  readonly pckKey: SigningKey
  readonly by?: SigningKey
  readonly qe?: Patches
  readonly auth?: Uint8Array
  /** Kinds of certification data: the outer one (6) and the inner one (5). */
  readonly kinds?: readonly [number, number]
}

/** A quote that is right unless the options say otherwise. */
export function quote({ version = 4, body, attestation, ...o }: QuoteOptions): Uint8Array {
  const tee = o.tee ?? (body.length === 384 ? 0 : 0x81)
  const head = patch(new Uint8Array(48), { 0: [version, 0, 2, 0, tee], 12: hexToBytes('0x939a7233f79c4ca9940a0db3957f0607'), ...o.header })
  const type = body.length === 384 ? 1 : body.length === 584 ? 2 : 3
  const signed = version === 5 ? concatBytes(head, little(type, 2), little(body.length, 4), body) : concatBytes(head, body)
  const point = attestation.key.kind === 'ec' ? attestation.key.point.subarray(1) : new Uint8Array()
  const certification = certify(point, o)
  const outer = version === 3 ? certification : concatBytes(little(o.kinds?.[0] ?? 6, 2), little(certification.length, 4), certification)
  const data = concatBytes((o.by ?? attestation).raw(signed), point, outer)
  return concatBytes(signed, little(data.length, 4), data)
}

/** The report of the quoting enclave, signed by the platform, and the platform's certificates. */
function certify(point: Uint8Array, o: Omit<QuoteOptions, 'body' | 'attestation'>): Uint8Array {
  const auth = o.auth ?? Uint8Array.from({ length: 32 }, (_, i) => i)
  const bound = concatBytes(digest('SHA-256', concatBytes(point, auth)), new Uint8Array(32))
  const qe = sgxBody({ 320: bound, ...o.qe })
  return concatBytes(
    qe,
    o.pckKey.raw(qe),
    little(auth.length, 2),
    auth,
    little(o.kinds?.[1] ?? 5, 2),
    little(o.certificates.length, 4),
    o.certificates,
  )
}
