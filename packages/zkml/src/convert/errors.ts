import { OgError } from '@opengradient/protocol'

/** The refusal of one node: which operator, which node of the file, and why it cannot be an integer node. */
export function unsupported(op: string, node: string, reason: string): OgError {
  return new OgError('ZK_UNSUPPORTED_OP', `${op}${node === '' ? '' : ` "${node}"`}: ${reason}`, { details: { op, node, reason } })
}

/** A shape that the file does not fix. */
export function dynamicShape(name: string, reason: string): OgError {
  return new OgError('ZK_DYNAMIC_SHAPE', `${name}: ${reason}`, { details: { name, reason } })
}
