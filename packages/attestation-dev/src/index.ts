export { type DevelopmentAttester, type DevelopmentAttesterOptions, developmentAttester } from './attester.ts'
export { developmentCertificates, developmentRoots } from './roots.ts'
