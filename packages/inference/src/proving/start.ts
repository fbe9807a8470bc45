import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Hex, ZkProofInput } from '@opengradient/protocol'
import type { ProvingConfig } from '../config.ts'
import { type ProverEngine, zkProverEngine } from '../engine/zkProver.ts'
import type { Journal } from '../journal/journal.ts'
import type { NodeLog } from '../log.ts'
import { folderFiles } from './files.ts'
import { ZkLevel } from './level.ts'
import { type ProvableModel, Provers } from './provers.ts'
import { ProofQueue, type ProofState } from './queue.ts'
import { ProofRetention, withoutOrphans } from './retention.ts'
import { ProofShelf } from './shelf.ts'

export interface ProvingOptions {
  /** The node's folder; proofs lie in `proofs/`, the operator's committed weights in `zk-weights/`. */
  readonly dataDir: string
  readonly config: ProvingConfig
  readonly journal: Journal
  readonly modelOf: (modelId: Hex) => Promise<ProvableModel>
  readonly tryOnChain: (input: ZkProofInput) => Promise<void>
  /** Default: zkml in child processes. */
  readonly engine?: ProverEngine
  readonly now: () => number
  readonly log: NodeLog
  readonly onChange: (requestId: Hex, state: ProofState) => void
}

/** Level zk of a running node. */
export interface RunningProving {
  readonly level: ZkLevel
  readonly queue: ProofQueue
  readonly shelf: ProofShelf
  /** Takes up the proofs that an earlier run left. */
  begin(): void
  prune(): Promise<number>
  /** Stops; a proof under way is ended and made after the next start. */
  stop(): Promise<void>
}

/** Of proofs and their jobs on disk, at most. */
const MAX_BYTES = 4 * 2 ** 30
/** Private memory of one proving process. */
const MEMORY_BYTES = 3 * 2 ** 30
/** How long one proof may take. */
const PROOF_MS = 600_000
/** Models whose provers stay loaded, a process each. */
const KEEP_LOADED = 2
/** Proofs owed at once, at most. */
const MAX_JOBS = 1_000
/** How long proofs are kept once the payment is final. */
const RETENTION_MS = 86_400_000

/** Folder of the operator's own `.zkir` files with committed weights. */
export function zkWeightsDir(dataDir: string): string {
  return join(dataDir, 'zk-weights')
}

/** Opens the shelf of proofs and makes ready what proves. @throws what the disk says */
export async function startProving(options: ProvingOptions): Promise<RunningProving> {
  const { dataDir, config, journal, modelOf, tryOnChain, now, log, onChange } = options
  mkdirSync(zkWeightsDir(dataDir), { recursive: true, mode: 0o700 })
  const files = await folderFiles(join(dataDir, 'proofs'))
  const { shelf, found } = await ProofShelf.open({ files, maxBytes: MAX_BYTES, log })
  const owned = await withoutOrphans(found, journal, shelf)
  const provers = new Provers({
    engine: options.engine ?? zkProverEngine(config.threads === undefined ? {} : { threads: config.threads }),
    memoryLimitBytes: MEMORY_BYTES,
    timeoutMs: PROOF_MS,
    keep: KEEP_LOADED,
    log,
  })
  const queue = new ProofQueue({
    shelf,
    provers,
    modelOf,
    maxJobs: MAX_JOBS,
    deadlineMs: (config.deadlineSeconds ?? 600) * 1000,
    now,
    log,
    onChange,
  })
  const retention = new ProofRetention(journal, RETENTION_MS)
  return {
    level: new ZkLevel({ queue, provers, tryOnChain }),
    queue,
    shelf,
    begin() {
      const waiting = owned.filter(({ proved }) => !proved).length
      if (waiting > 0) log.info({ waiting }, 'proofs of an earlier run are made now')
      queue.start(owned)
    },
    prune: () => retention.prune(queue, now()),
    async stop() {
      const stopped = queue.stop()
      await provers.close()
      await stopped
    },
  }
}
