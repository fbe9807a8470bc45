/** A root certificate that is trusted. `development` roots stand for machines without any hardware protection, and everything says so. */
export interface TrustAnchor {
  /** DER. */
  readonly certificate: Uint8Array
  readonly trust: 'hardware' | 'development'
}

/** The roots of one vendor, and authorities below them that the vendor publishes and evidence usually leaves out (DER). */
export interface TrustAnchors {
  readonly anchors: readonly TrustAnchor[]
  readonly intermediates?: readonly Uint8Array[]
}

/** Whose hardware signs. */
export type Vendor = 'aws' | 'amd' | 'intel' | 'nvidia' | 'tpm'

/** What a verification trusts; a vendor that is absent is not trusted. */
export type Roots = Readonly<Partial<Record<Vendor, TrustAnchors>>>
