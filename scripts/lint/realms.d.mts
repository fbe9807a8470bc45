export function checkRealms(root: string): string[]
