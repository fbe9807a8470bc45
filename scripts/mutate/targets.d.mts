interface Target {
  /** Where its `subject.ts` and `known.json` are. */
  readonly folder: string
  readonly tests?: (file: string) => boolean
}
export const TARGETS: Readonly<Record<string, Target>>
