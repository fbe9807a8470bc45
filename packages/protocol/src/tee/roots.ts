import { encodeList } from './strings.ts'

/** Development roots (DER) as `Attestations` keeps them, `abi.encode(bytes[])`: what `dataAddress` of contracts names. No bytes for none. */
export const encodeDevelopmentRoots = (certificates: readonly Uint8Array[]): Uint8Array => encodeList(certificates)
