export type { LightBlocks } from './lightBlocks.ts'
export { DEFAULT_RPC_LIMITS, type RpcLimits } from './limits.ts'
export { networkFileOf } from './networkFile.ts'
export { LOOPBACK_NAMES, type RpcOptions, type RpcServer, startRpc } from './server/server.ts'
