import { type BundleTee, bytesToHex, keysetDigest, parseCmw, parseKeyset } from '@opengradient/protocol'
import { utc } from '@opengradient/verifier'
import type { Child } from './dom.ts'
import { bytes } from './format.ts'
import { hash } from './hash.ts'
import { type Row, table } from './table.ts'

/** What the evidence of an enclave is about, for reading; whether it holds is for the checks. Throws what the parsers throw. */
export function enclaveTable({ cmw, developmentRoots = [] }: BundleTee): Child {
  const { platform, evidence, endorsements, gpus, keyset: raw, nonce } = parseCmw(cmw)
  const { certificates = [], crls = [], tcbInfo } = endorsements
  const keyset = parseKeyset(raw)
  const beside = [`${certificates.length} certificates`, `${crls.length} revocation lists`, ...(tcbInfo ? ['collateral'] : [])]
  return table([
    ['platform', platform],
    ...(developmentRoots.length > 0 ? [['network', 'accepts development evidence: no hardware protection'] as Row] : []),
    ['evidence', `${bytes(evidence.length)}, with ${beside.join(', ')}`],
    ...(gpus.length > 0 ? [['GPUs', `${gpus.length}`] as Row] : []),
    ['keyset', hash(keysetDigest(raw))],
    ['signing key', hash(keyset.sign)],
    ['sealing key', hash(keyset.hpke)],
    ['valid', `${utc(keyset.notBefore)} to ${utc(keyset.notAfter)}`],
    ['models', `${keyset.modelIds.length} loaded`],
    ['nonce', hash(bytesToHex(nonce))],
  ])
}
