import { tagged, u8, u16 } from './bytes.ts'
import type { Public } from './forms.ts'
import { type Params, parameterBlock } from './params.ts'
import type { Transcript, Turned } from './transcript.ts'

/** What a proof is about: a program by its published bytes, and everything else that the transcript begins with. SPEC 1.7. */
export interface Statement {
  readonly program: Uint8Array
  readonly zkModelId: Uint8Array
  readonly ctx: Uint8Array
  /** Bytes of the inputs and outputs in IR order, little-endian, each of its type. */
  readonly x: Uint8Array
  readonly y: Uint8Array
  /** The same values, as public sources read them. */
  readonly pub: Public
  /** The root of the committed weights, or nothing when weights are public. */
  readonly wroot?: Uint8Array
  readonly c: number
  readonly l: number
}

/** A protocol that leaves something out, to show what it is for. The real protocol is `{}`. */
export interface Fork {
  /** Labels of absorbs left out, by prover and verifier. */
  readonly skip?: ReadonlySet<string>
  /** Challenges that change places. */
  readonly turned?: Turned
  /** What the verifier makes of its list of claims. */
  readonly claims?: <T>(list: readonly T[]) => readonly T[]
  /** Checks left out, by name. */
  readonly unchecked?: ReadonlySet<'root' | 'pow'>
}

export function absorbHeader(transcript: Transcript, statement: Statement, params: Params): void {
  transcript.absorb('ver', new Uint8Array([...u16(1), ...u8(1), ...u8(0), ...u8(statement.wroot ? 1 : 0)]))
  transcript.absorb('model', statement.zkModelId)
  transcript.absorb('prog', tagged('zkml/v1/prog', statement.program))
  transcript.absorb('pcs', parameterBlock(params))
  transcript.absorb('in', tagged('zkml/v1/x', statement.x))
  transcript.absorb('out', tagged('zkml/v1/y', statement.y))
  transcript.absorb('ctx', statement.ctx)
  transcript.absorb('wroot', statement.wroot ?? new Uint8Array())
}
