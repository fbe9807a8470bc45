import type { InlineConfig } from 'vite'

/**
 * Configures vite to pack programs for Node.
 *
 * - `programs`: sources by the name that they get in `out`
 * - `out`: a folder inside a package, so that what stays outside is found
 * - `started`: modules that start a process or a thread, each with the script beside it that it starts, which is packed too; paths from `packages`
 * - `together`: sources, each with everything that it needs in one file, by the file's name; what two of them need is in the earlier one. Every file
 *   that is read costs half a millisecond
 * - `outside`: modules that stay outside besides packages with native parts, and what is imported in their place
 */
export function packing(options: {
  programs: Record<string, string>
  out: string
  started?: Record<string, string>
  together?: Record<string, string>
  outside?: Record<string, string>
}): InlineConfig
