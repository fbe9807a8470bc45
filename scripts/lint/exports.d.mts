export function checkExports(root: string): string[]
