export { isEquivocation, type NodeKeys } from './equivocation.ts'
export { CHECK_CODES, type CheckCode } from './sentences.ts'
export { verify } from './verify.ts'
