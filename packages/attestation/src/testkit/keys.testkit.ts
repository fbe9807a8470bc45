export { ecKey, rsaKey, type SigningKey as TestKey } from '@opengradient/attestation-dev/make'
