export function lock(folder: string, say: (line: string) => void): Promise<{ unlock(): void; calm(): void }>
