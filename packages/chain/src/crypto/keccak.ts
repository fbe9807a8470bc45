import type { HashFunction } from '@opengradient/protocol'

/** Bytes in, 32-byte Keccak-256 out. Each digest is a fresh array. */
export type Keccak = HashFunction
