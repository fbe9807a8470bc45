import { isError } from '../realm/realm.ts'

/** What V8 says when it gets no memory, or has used up its stack. */
const SAYS = /allocation failed|could not allocate|out of memory|unable to grow|maximum call stack size/i
/** What Node and OpenSSL say then. */
const CODE = /^ERR_(MEMORY_ALLOCATION_FAILED|OSSL_(.*_)?MALLOC_FAILURE)$/

/**
 * Whether an error, or one of its causes, says that this machine could not go on: it has no more memory, or no more stack. It says nothing
 * about what was being read. Whoever judges together with others must not take it for a fault of that.
 */
export function isMachineFault(error: unknown): boolean {
  const seen = new Set<unknown>()
  for (let one = error; isError(one) && !seen.has(one); one = one.cause) {
    seen.add(one)
    if (one.name === 'RangeError' && SAYS.test(one.message)) return true
    if (CODE.test(String((one as { code?: unknown }).code))) return true
  }
  return false
}
