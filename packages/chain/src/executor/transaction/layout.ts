/** Where a type of transaction has what, among the items of its list; the three of its signature come last. */
export interface Layout {
  /** Legacy transactions say it with their signature (EIP-155). */
  readonly chainId?: number
  readonly nonce: number
  readonly fees: readonly [priority: number, max: number]
  /** Behind it: to, value, data. */
  readonly gas: number
  readonly accessList?: number
  readonly authorizations?: number
  /** Where the signature begins. */
  readonly signature: number
}

const LAYOUTS: Readonly<Record<number, Layout>> = {
  0: { nonce: 0, fees: [1, 1], gas: 2, signature: 6 },
  1: { chainId: 0, nonce: 1, fees: [2, 2], gas: 3, accessList: 7, signature: 8 },
  2: { chainId: 0, nonce: 1, fees: [2, 3], gas: 4, accessList: 8, signature: 9 },
  4: { chainId: 0, nonce: 1, fees: [2, 3], gas: 4, accessList: 8, authorizations: 9, signature: 10 },
}

/** Items of a signature: parity, or `v`; `r`; `s`. */
export const SIGNATURE_ITEMS = 3

/** The type that a transaction's first byte says (EIP-2718): a list is a legacy one. */
export const typeOf = (raw: Uint8Array): number | undefined => (raw[0]! >= 0xc0 ? 0 : raw[0])

/** Undefined for a type that this chain does not have. */
export const layoutOf = (type: number): Layout | undefined => LAYOUTS[type]
