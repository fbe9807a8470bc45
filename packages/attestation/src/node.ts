export { nodeCheck } from './crypto/node.ts'
