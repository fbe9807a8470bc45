import type { ReadContext } from '../context.ts'
import type { MethodTable } from '../method.ts'
import { callMethods } from './calls.ts'
import { simulateMethods } from './simulate.ts'
import { traceMethods } from './trace.ts'

/** Methods that run code for a client and keep nothing. How long that takes is up to the client, so they need not run where blocks are agreed on. */
export const READ_METHODS: MethodTable<ReadContext> = { ...callMethods, ...simulateMethods, ...traceMethods }
