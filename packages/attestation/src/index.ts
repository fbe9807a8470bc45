export { crlKey, qeIdentityKey, tcbInfoKey, vlekCrlKey } from './collateral/keys.ts'
export { listedCertificates } from './collateral/listed.ts'
export { certificateMark, mainMeasurementMark, marksOf, measurementMark, platformMark } from './collateral/marks.ts'
export { collateralUsed, type UsedCollateral } from './collateral/used.ts'
export { type CollateralContext, issuerNaming, type VerifiedCollateral, verifyCollateral } from './collateral/verify.ts'
export { nobleCheck } from './crypto/noble.ts'
export { rememberingCheck } from './crypto/remembering.ts'
export type { HashName, PublicKey, SignatureCheck, SignatureClaim, SignatureScheme } from './crypto/types.ts'
export { webCryptoCheck } from './crypto/webcrypto.ts'
export { type IntelCollateralJson, intelCollateral } from './dcap/collateral.ts'
export { trimQuote } from './dcap/quote.ts'
export { type AttestationJudgement, type JudgeOptions, judgeAttestation } from './envelope/judge.ts'
export { type AttestationFault, attestationErrorCode, type KeysetExpectation } from './envelope/keyset.ts'
export { type Appraisal, type AppraisalCheck, appraise, validUntil } from './policy/appraise.ts'
export { MAX_POLICY_BYTES, parsePolicy, parseStandingPolicy, policyBytes } from './policy/json.ts'
export { type AllowedMeasurement, type AttestationPolicy, DEFAULT_POLICY, MAIN_MEASUREMENT } from './policy/policy.ts'
export {
  type Claims,
  PLATFORMS,
  type Platform,
  SNP_FAMILIES,
  type SnpFamily,
  TCB_STATUSES,
  type Tcb,
  type TcbStatus,
  TPM,
  type UsedCertificate,
} from './result/claims.ts'
export { REJECTION_MEANINGS, type RejectionCode } from './result/codes.ts'
export { evidenceErrorCode } from './result/errors.ts'
export type { Endorsements, Evidence, SignedFile, Verifier, VerifyOptions } from './result/evidence.ts'
export type { Rejection } from './result/rejection.ts'
export { MAX_EVIDENCE } from './result/verifier.ts'
export { rootsForDevelopment, type Trusts, underTrusts } from './roots/trusts.ts'
export type { Roots, TrustAnchor, TrustAnchors, Vendor } from './roots/types.ts'
export { VENDOR_ROOTS } from './roots/vendors.ts'
export { type SnpPublished, snpPublished } from './snp/published.ts'
export { VERIFIERS, verifyEvidence } from './verify.ts'
export { readPem } from './x509/pem.ts'
