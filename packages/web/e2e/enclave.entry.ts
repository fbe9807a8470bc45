import '../src/strict.ts'
import { judgeAttestation, parsePolicy, rootsForDevelopment, VENDOR_ROOTS } from '@opengradient/attestation'
import { base64, fromBase64, parseCmw } from '@opengradient/protocol'
import { RequestSealer } from '@opengradient/protocol/seal'

/** What the tests use in the page. */
export const enclave = { judgeAttestation, parsePolicy, rootsForDevelopment, VENDOR_ROOTS, base64, fromBase64, parseCmw, RequestSealer }

Object.assign(globalThis, { enclave })
