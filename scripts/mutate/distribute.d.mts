interface Options {
  readonly jobs: number
  readonly patience: (id: string) => number
  readonly late: Set<string>
  readonly vain?: Set<string>
  readonly found?: (id: string) => void
  readonly tell?: (left: readonly string[]) => void
}

export function distribute(script: string, ids: readonly string[], data: object, options: Options): Promise<string[]>
