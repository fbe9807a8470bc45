import type { Logger } from 'pino'

/** What a service is given besides its configuration. */
export interface ServiceHost {
  log: Logger
  progress: (line: string) => void
  /** Resolves when what the user waits for is done: work that can wait begins then. */
  idle: Promise<void>
  /** Something happened after which the service cannot go on. */
  fail: (error: Error) => void
}

/** A started service. `facts` are told to the supervisor. */
export interface RunningService {
  facts: Record<string, unknown>
  /** Drains: finishes what it accepted, writes what it owes, then ends. */
  close: () => Promise<void>
}

/** How a service starts. `config` is JSON that the supervisor made. */
export type ServiceStart = (config: Record<string, unknown>, host: ServiceHost) => Promise<RunningService>
