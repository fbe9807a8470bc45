export function lock(
  folder: string,
  say: (line: string) => void,
  ending?: () => Promise<unknown>,
): Promise<{ unlock(): void; calm(): Promise<void> }>
