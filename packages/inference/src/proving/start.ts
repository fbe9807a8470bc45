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

const GIB = 2 ** 30
const HOUR = 3_600
const DAY = 24 * HOUR

/** Folder of the operator's own `.zkir` files with committed weights. */
export function zkWeightsDir(dataDir: string): string {
  return join(dataDir, 'zk-weights')
}

/** Opens the shelf of proofs and makes ready what proves. @throws what the disk says */
export async function startProving(options: ProvingOptions): Promise<RunningProving> {
  const { dataDir, config, journal, modelOf, tryOnChain, now, log, onChange } = options
  mkdirSync(zkWeightsDir(dataDir), { recursive: true, mode: 0o700 })
  const files = await folderFiles(join(dataDir, 'proofs'))
  const { shelf, found } = await ProofShelf.open({ files, maxBytes: config.maxBytes ?? 4 * GIB, log })
  const owned = await withoutOrphans(found, journal, shelf)
  const provers = new Provers({
    engine: options.engine ?? zkProverEngine(config.threads === undefined ? {} : { threads: config.threads }),
    memoryLimitBytes: config.memoryBytes ?? 3 * GIB,
    timeoutMs: (config.proofSeconds ?? 600) * 1000,
    keep: config.keepLoaded ?? 2,
    log,
  })
  const queue = new ProofQueue({
    shelf,
    provers,
    modelOf,
    maxJobs: config.maxQueue ?? 1_000,
    deadlineMs: (config.deadlineSeconds ?? 600) * 1000,
    now,
    log,
    onChange,
  })
  const retention = new ProofRetention(journal, Math.max(HOUR, config.retention ?? DAY) * 1000)
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
