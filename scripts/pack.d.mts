import type { InlineConfig } from 'vite'

/**
 * Configures vite to pack programs for Node.
 *
 * - `programs`: sources by the name that they get in `out`
 * - `out`: a folder inside a package, so that what stays outside is found
 * - `started`: modules that start a process or a thread, each with the script beside it that it starts, which is packed too; paths from `packages`
 * - `outside`: packages that stay outside besides those with native parts
 */
export function packing(options: {
  programs: Record<string, string>
  out: string
  started?: Record<string, string>
  outside?: readonly string[]
}): InlineConfig
