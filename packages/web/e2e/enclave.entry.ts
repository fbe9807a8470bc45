import '../src/strict.ts'
import { judgeAttestation, parsePolicy, rootsForDevelopment, VENDOR_ROOTS } from '@opengradient/attestation'
import { base64, fromBase64, parseCmw } from '@opengradient/protocol'
import { sealRequest } from '@opengradient/protocol/seal'

/** What the tests use in the page. */
export const enclave = { judgeAttestation, parsePolicy, rootsForDevelopment, VENDOR_ROOTS, base64, fromBase64, parseCmw, sealRequest }

Object.assign(globalThis, { enclave })
