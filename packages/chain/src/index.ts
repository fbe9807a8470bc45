export type {
  AccountProof,
  AccountView,
  CallOptions,
  CallRequest,
  CallResult,
  Chain,
  ChainBlock,
  ChainHeader,
  ChainLog,
  ChainReceipt,
  HistoryPath,
  PoolFactory,
  PoolHost,
  StateReader,
  Transaction,
  TransactionPool,
  TransactionSource,
} from './chain.ts'
export type { CometbftConsensus, EmbeddedConsensus } from './consensus/choice.ts'
export type { CometbftOptions } from './consensus/cometbft/driver.ts'
export { engineNodeId, enginePublicKey, engineSign } from './consensus/cometbft/engineKey.ts'
export { engineGenesis } from './consensus/cometbft/genesis.ts'
export {
  ENGINE_STRANDED,
  type EngineHome,
  engineFiles,
  forgetEngineData,
  type StateSync,
  writeEngineHome,
  writeEngineKeys,
} from './consensus/cometbft/home.ts'
export { consensusAddress, engineChainId } from './consensus/cometbft/identity.ts'
export { EMBEDDED_TIMING, type EmbeddedTiming } from './consensus/embedded.ts'
export {
  type Clock,
  type ConsensusApplication,
  type ConsensusDriver,
  type FinalizedBlock,
  type Proposal,
  systemClock,
} from './consensus/port.ts'
export { type ChainLogger, type ChainOptions, createChain } from './create.ts'
export {
  type Beneficiaries,
  encodeGenesis,
  type Genesis,
  type GenesisParameters,
  LOCAL_BENEFICIARIES,
  parseGenesis,
} from './genesis/genesis.ts'
export { makeGenesis } from './genesis/make.ts'
export { inspectChain } from './inspect.ts'
export { DATA_VERSION, type DataPlace } from './open.ts'
export { createPool, DEFAULT_POOL_LIMITS, type PoolLimits } from './pool/index.ts'
export { ethereumPrecompiles } from './precompiles/ethereum/ethereum.ts'
export { evidence as evidencePrecompile } from './precompiles/evidence/evidence.ts'
export { zkProof as zkProofPrecompile } from './precompiles/zkProof/zkProof.ts'
export {
  DEFAULT_RPC_LIMITS,
  type LightBlocks,
  LOOPBACK_NAMES,
  networkFileOf,
  type RpcLimits,
  type RpcOptions,
  type RpcOutcome,
  type RpcServer,
  startRpc,
} from './rpc/index.ts'
export type { BlockTiming } from './timed.ts'
