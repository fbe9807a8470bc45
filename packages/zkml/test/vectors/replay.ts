import { type Hex, hexToBytes } from '@opengradient/protocol'
import type { Claimed } from '../../reference/files.ts'
import type { ZkFiles } from '../../src/proof/model.ts'
import type { ProofVector, RejectedVector } from './proofs.ts'
import type { RegistrationVector, RejectedRegistration } from './registered.ts'

/** What a verifier is given by a vector. */
export interface Replayed {
  readonly files: ZkFiles
  readonly statement: Claimed
  readonly proof: Uint8Array
}

const bytes = (hex: Hex) => hexToBytes(hex)

/** A valid vector, with the changes of a rejected one. */
export function replayed(valid: ProofVector, change: Partial<RejectedVector> = {}): Replayed {
  const said = { ...valid.statement, ...change.statement }
  const blob = change.blob ?? valid.blob
  const files = {
    manifest: bytes(change.manifest ?? valid.manifest),
    ir: bytes(change.ir ?? valid.ir),
    ...(blob ? { weights: bytes(blob) } : {}),
  }
  const statement = { zkModelId: bytes(said.zkModelId), batch: said.batch, x: bytes(said.x), y: bytes(said.y), ctx: bytes(said.ctx) }
  return { files, statement, proof: changed(valid.proof, change) }
}

/** What a verifier of registrations is given by a vector. */
export interface ReplayedRegistration {
  readonly files: ZkFiles
  readonly zkModelId: Uint8Array
  readonly proof: Uint8Array
}

/** As `replayed`, of a registration. */
export function replayedRegistration(valid: RegistrationVector, change: Partial<RejectedRegistration> = {}): ReplayedRegistration {
  const files = {
    manifest: bytes(change.manifest ?? valid.manifest),
    ir: bytes(change.ir ?? valid.ir),
    ...(change.blob ? { weights: bytes(change.blob) } : {}),
  }
  return { files, zkModelId: bytes(change.zkModelId ?? valid.zkModelId), proof: changed(valid.proof, change) }
}

function changed(valid: Hex, change: Pick<RejectedRegistration, 'proof' | 'resize' | 'patch'>): Uint8Array {
  const base = bytes(change.proof ?? valid)
  const proof = new Uint8Array(change.resize ?? base.length)
  proof.set(base.subarray(0, proof.length))
  for (const [at, hex] of change.patch ?? []) proof.set(bytes(hex), at)
  return proof
}
