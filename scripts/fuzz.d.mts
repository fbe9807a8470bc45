export function randomTests(): string[]
export function again(seconds: number, run: () => boolean, now?: () => number): { rounds: number; failed: boolean }
