import { OgError } from '@opengradient/protocol'

/** The refusal of one node: which operator, which node of the file, and why it cannot be an integer node. */
export function unsupported(op: string, node: string, reason: string): OgError {
  return new OgError('ZK_UNSUPPORTED_OP', sentence({ op, node, reason }), { details: { op, node, reason } })
}

/** The refusal of a node, or of an input, because the file does not fix a shape. */
export function dynamicShape(op: string, node: string, reason: string): OgError {
  return new OgError('ZK_DYNAMIC_SHAPE', sentence({ op, node, reason }), { details: { op, node, reason } })
}

/** `Conv "c1": 3 spatial axes`. */
export function sentence({ op, node, reason }: { readonly op: string; readonly node: string; readonly reason: string }): string {
  return `${op}${node === '' ? '' : ` "${node}"`}: ${reason}`
}
