import { logFilter } from '../codec/filter.ts'
import { required } from '../codec/params.ts'
import { type RpcMethod, rpcMethod } from '../context.ts'
import { queryLogs } from '../logs/query.ts'

/** Searching events. */
export const logMethods: Readonly<Record<string, RpcMethod>> = {
  eth_getLogs: rpcMethod([required(logFilter)], (context, [filter]) => queryLogs(context, filter)),
}
