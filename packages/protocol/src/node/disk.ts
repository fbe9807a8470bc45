/** Whether the system refused to write for want of room: for bytes, for files, or for this user. Errors of Node name it in `code`. */
export function isDiskFull(error: unknown): boolean {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return code === 'ENOSPC' || code === 'EDQUOT'
}
