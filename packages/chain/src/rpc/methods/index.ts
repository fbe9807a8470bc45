import { RPC_CODE, RpcError } from '../codec/error.ts'
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

/** In the place of the methods of `debug_` on a node that keeps them from strangers: a trace takes all of a core for up to five seconds. */
export const DEBUG_REFUSED: MethodTable<RpcContext> = Object.fromEntries(
  Object.keys(METHODS)
    .filter((name) => name.startsWith('debug_'))
    .map((name) => [
      name,
      async () => {
        const message = `the method ${name} does not exist/is not available: this node keeps debug_ to itself; its operator can open it (--rpc-debug)`
        throw new RpcError(RPC_CODE.methodNotFound, message)
      },
    ]),
)
