/** Where the node writes what its operator should know; pino's signature. Never secrets, bodies or keys. */
export interface NodeLog {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** Writes nothing. */
export const silentLog: NodeLog = { info: () => {}, warn: () => {}, error: () => {} }
