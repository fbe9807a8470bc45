import type { RpcContext } from '../context.ts'
import type { MethodTable } from '../method.ts'
import { blockMethods } from './blocks.ts'
import { filterMethods } from './filters.ts'
import { gasMethods } from './gas.ts'
import { logMethods } from './logs.ts'
import { nodeMethods } from './node.ts'
import { ogMethods } from './og.ts'
import { poolMethods } from './pool.ts'
import { rawMethods } from './raw.ts'
import { READ_METHODS } from './reads.ts'
import { stateMethods } from './state.ts'
import { transactionMethods } from './transactions.ts'

/** Every method of the node by name. */
export const METHODS: MethodTable<RpcContext> = {
  ...nodeMethods,
  ...blockMethods,
  ...transactionMethods,
  ...stateMethods,
  ...READ_METHODS,
  ...rawMethods,
  ...gasMethods,
  ...logMethods,
  ...filterMethods,
  ...poolMethods,
  ...ogMethods,
}
