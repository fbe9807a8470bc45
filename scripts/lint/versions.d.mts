export function checkVersions(root: string): string[]
