export function noted(code: string): string
