import { fastKeccak256, nodeSha256 } from '@opengradient/protocol/node'
import type { Keccak } from './keccak.ts'
import { fastRecover, type Recover } from './recover.ts'

/** The primitives that the executor spends most of its time in. */
export interface Crypto {
  readonly keccak: Keccak
  readonly recover: Recover
  readonly sha256: (bytes: Uint8Array) => Uint8Array
  /** False where signature recovery runs in JavaScript, at a thirtieth of the speed. */
  readonly native: boolean
}

/** Loads the fastest primitives this machine has. */
export async function loadCrypto(): Promise<Crypto> {
  return { keccak: await fastKeccak256(), ...fastRecover(), sha256: nodeSha256 }
}
