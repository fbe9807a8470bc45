export { type DevelopmentAttester, type DevelopmentAttesterOptions, developmentAttester } from './attester.ts'
export { developmentCertificates, developmentRootOf, developmentRoots } from './roots.ts'
