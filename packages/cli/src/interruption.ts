/** Resolves at the first Ctrl-C or SIGTERM; a second one ends at once. */
export function interruption(): Promise<'interrupted'> {
  return new Promise((resolve) => {
    let asked = false
    const on = () => {
      if (asked) process.exit(130)
      asked = true
      resolve('interrupted')
    }
    process.on('SIGINT', on)
    process.on('SIGTERM', on)
  })
}
