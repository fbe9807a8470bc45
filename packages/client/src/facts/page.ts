import { type Page, requirePage } from '../given.ts'

const MAX_PAGE = 1000

/** The numbers of the entries that `page` asks for of a list of `total`. */
export function pageOf(total: number, page?: Page): number[] {
  const { offset = 0, limit = 100 } = requirePage(page)
  const length = Math.max(0, Math.min(limit, MAX_PAGE, total - offset))
  return Array.from({ length }, (_, i) => offset + i)
}
