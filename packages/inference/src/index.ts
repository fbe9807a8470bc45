export type { InferenceNode, InferenceNodeConfig } from './config.ts'
export type { NodeLog } from './log.ts'
export { type InferenceNodeDeps, startInferenceNode } from './node.ts'
