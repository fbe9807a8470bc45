import { bytesToHex, type Hex } from '@opengradient/protocol'
import { demand } from '../result/rejection.ts'
import type { SgxBody } from './body.ts'
import { IntelJson } from './json.ts'
import { firstReached, type Level, type Reached, readLevel } from './level.ts'
import { masked } from './tcbInfo.ts'

/** Intel's identity of a quoting enclave, version 2 (PCS API v4, /qe/identity). */
export interface QeIdentity {
  readonly issueDate: number
  readonly nextUpdate: number
  readonly evaluation: number
  readonly miscSelect: Hex
  readonly miscMask: Hex
  readonly attributes: Hex
  readonly attributesMask: Hex
  readonly mrSigner: Hex
  readonly prodId: number
  readonly levels: readonly (Level & { readonly svn: number })[]
}

/** Reads the exact bytes that Intel signed. `QE` quotes for SGX, `TD_QE` for TDX. MALFORMED. */
export function readQeIdentity(body: Uint8Array, id: 'QE' | 'TD_QE'): QeIdentity {
  const file = IntelJson.parse(body, 'QE identity')
  demand(file.text('id') === id && file.number('version', 2) === 2, 'MALFORMED', `The QE identity is not of version 2 for ${id}.`)
  return {
    issueDate: file.time('issueDate'),
    nextUpdate: file.time('nextUpdate'),
    evaluation: file.number('tcbEvaluationDataNumber', 1e9),
    miscSelect: file.hex('miscselect', 4),
    miscMask: file.hex('miscselectMask', 4),
    attributes: file.hex('attributes', 16),
    attributesMask: file.hex('attributesMask', 16),
    mrSigner: file.hex('mrsigner', 32),
    prodId: file.number('isvprodid', 65_535),
    levels: file.objects('tcbLevels').map((level) => ({ ...readLevel(level), svn: level.object('tcb').number('isvsvn', 65_535) })),
  }
}

/** The level of the quoting enclave that made the quote; TCB_REJECTED when it is not the one that Intel describes. */
export function qeLevel(identity: QeIdentity, qe: SgxBody): Reached {
  const same =
    bytesToHex(qe.mrSigner) === identity.mrSigner &&
    qe.prodId === identity.prodId &&
    masked(qe.miscSelect, identity.miscMask, identity.miscSelect) &&
    masked(qe.attributes, identity.attributesMask, identity.attributes)
  demand(same, 'TCB_REJECTED', 'The quote is by another enclave than Intel’s quoting enclave.')
  return firstReached(identity.levels, (level) => qe.svn >= level.svn)
}
