export interface Trial {
  readonly name: string
  run(): unknown
}

export class Trials {
  constructor(modules?: { choose(mutant: number): void; numbers(): { has(number: number): boolean } })
  prepare(
    tests: readonly Trial[],
    reached?: (place: number) => Promise<ReadonlySet<string>>,
    asked?: Record<number, unknown[]>,
  ): Promise<{ left: string[]; broken: string[]; pass: number }>
  firstDifference(most?: number): Promise<string | undefined>
}

export function failureOf(trial: Pick<Trial, 'run'>): Promise<unknown>
