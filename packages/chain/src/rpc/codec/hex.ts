import type { Hex } from '@opengradient/protocol'

/** A JSON-RPC quantity: hex without leading zeros, `0x0` for zero. */
export const quantity = (value: bigint | number): Hex => `0x${value.toString(16)}`

/** A number as 32 bytes of hex, as storage values are answered. */
export const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`

/** Bytes as hex data. Uses the runtime's own conversion: answers are mostly hex, and this is their hot path. */
export const data = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`
