import type { FieldPath } from '@opengradient/protocol'
import type { OnnxLimits } from './limits.ts'

/** What every part of the validator shares while it reads one file. */
export class Context {
  readonly path: FieldPath
  readonly limits: OnnxLimits
  /** Operators seen, as `domain:op_type` or `op_type` for the standard domain. */
  readonly operators = new Set<string>()
  /** What can only be checked when every constant of the file is known. */
  readonly later: (() => void)[] = []
  nodes = 0
  /** Elements of all stored tensors: the number of parameters. */
  parameters = 0n

  constructor(path: FieldPath, limits: OnnxLimits) {
    this.path = path
    this.limits = limits
  }

  /** Runs `read` with `part` added to the path that errors name. */
  at<T>(part: string, read: () => T): T {
    this.path.push(part)
    const value = read()
    this.path.pop()
    return value
  }
}

/** Domains of operators that every ONNX runtime defines alike. Anything else is somebody's native code. */
const DOMAINS = new Set(['', 'ai.onnx', 'ai.onnx.ml'])

/** @throws OgError for a custom-operator domain. */
export function checkDomain(domain: string, context: Context): void {
  if (!DOMAINS.has(domain)) {
    throw context.path.invalid(
      'CUSTOM_DOMAIN',
      `operators of the domain "${domain.slice(0, 64)}" are refused; only ai.onnx and ai.onnx.ml run on every node`,
    )
  }
}
