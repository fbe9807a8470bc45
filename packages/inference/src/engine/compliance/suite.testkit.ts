import type { Engine, LoadedModel } from '../engine.ts'
import type { Tensor } from '../tensor.ts'
import { int64 } from '../values.testkit.ts'

export interface MakeEngineOptions {
  log?: (line: string) => void
  maxOutputBytes?: number
  logSeverityLevel?: number
}

export type MakeEngine = (options?: MakeEngineOptions) => Engine

/** What the parts of the suite share: the engine under test, and how to make another one. */
export interface Suite {
  readonly name: string
  readonly makeEngine: MakeEngine
  readonly engine: Engine
  /** `doubler(1)`, loaded before all tests: for those that need no process of their own. */
  readonly neighbour: LoadedModel
  /** Loads a model, by default into the engine under test, and unloads it when it was used. */
  readonly withModel: (bytes: Uint8Array, use: (loaded: LoadedModel) => Promise<void>, on?: Engine) => Promise<void>
}

/** Rounds of `sleeper` that nobody waits for. */
export const FOREVER = 2_000_000_000
/** The input of `sleeper`: how many rounds it turns. */
export const long = (n: number): Tensor[] => [int64('n', [], [n])]
export const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
export const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
