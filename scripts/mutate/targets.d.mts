interface Target {
  readonly tests?: (file: string) => boolean
}
export const TARGETS: Readonly<Record<string, Target>>
