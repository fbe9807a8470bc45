export const STARTED: Readonly<Record<string, string>>
export function scriptOf(starter: string, started?: Readonly<Record<string, string>>): string
export function nameOf(script: string): string
export function startingAt(code: string, script: string, url: string): string
