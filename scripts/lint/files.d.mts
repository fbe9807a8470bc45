export function sources(folder: string): Generator<string>
export function codeOf(file: string): string
