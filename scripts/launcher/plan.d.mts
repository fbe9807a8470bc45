/** One thing to do before the checkout can run. */
export interface Step {
  name: string
  /** Steps that must be done before this one, when they have to be done at all. */
  after: string[]
  says: string
  argv: string[]
  /** What is removed before. */
  clean?: string[]
  /** A network starts without it. */
  meanwhile?: boolean
  key: () => string
}

/** The inputs of each step when it was done, and what was there then. */
export interface Stamp {
  keys?: Record<string, string>
  sources?: string[]
}

export class Checkout {
  constructor(root: string)
  readonly root: string
  at(...parts: string[]): string
  readonly stampFile: string
  stamp(): Stamp
  plan(stamp: Stamp): Step[]
  installKey(): string
  bin(name: string): string[]
  sources(): string[]
}
