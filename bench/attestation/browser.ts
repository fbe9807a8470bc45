/** What a page imports to verify evidence of every platform: its bundle is measured. */
export { appraise, DEFAULT_POLICY, intelCollateral, VENDOR_ROOTS, verifyEvidence } from '@opengradient/attestation'
