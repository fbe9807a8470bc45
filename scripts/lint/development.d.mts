export const DEVELOPMENT: string
export function checkDevelopment(root: string): string[]
