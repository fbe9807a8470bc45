import { count, optional, options, type Take } from '@opengradient/protocol/take'

/** A part of a list: `limit` entries (at most 1,000) from number `offset`. */
export interface Page {
  offset?: number
  limit?: number
}

/** Entries of the longest page. */
export const MAX_PAGE = 1000
const taken: Take<Page> = options({ offset: optional(count), limit: optional(count) })

/** The numbers of the entries that `page` asks for of a list of `total`. @throws OgError `CONFIG_INVALID` */
export function pageOf(total: number, page: Page = {}): number[] {
  const { offset = 0, limit = 100 } = taken(page, 'page')
  const length = Math.max(0, Math.min(limit, MAX_PAGE, total - offset))
  return Array.from({ length }, (_, i) => offset + i)
}
