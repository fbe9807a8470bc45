import { type Bundle, type Hex, hexToBytes, type Manifest, sha256Hex, zkContext, zkStatementHash } from '@opengradient/protocol'
import { decodeZkir, Kernels, openModel, verifyRegistration, verifyWith, type ZkirFile, ZkModel } from '@opengradient/zkml'
import type { ZkOutcomes } from '../checks/zk.ts'
import type { Context } from '../context.ts'
import { fail, type Outcome, once, pass, reasonOf, Stop, settle } from '../outcome.ts'
import { inputsOf } from './input.ts'
import { outputsOf, type ProvedOutput } from './output.ts'
import type { ProvedInput } from './quantised.ts'

/** The statement version whose proofs this verifier knows. */
const STATEMENT_VERSION = 1

/** A model whose file is the manifest's. */
export interface OpenModel {
  readonly file: ZkirFile
  readonly model: ZkModel
  readonly zkModelId: Hex
}

/** The five questions about the proof of a bundle, from its parts alone: the statement is computed anew and never taken from anywhere. */
export async function examineProof(context: Context, { model: bytes, proof }: NonNullable<Bundle['zk']>): Promise<ZkOutcomes> {
  const kernels = await Kernels.load()
  const model = once(() => openFile(context, bytes, kernels))
  const input = once(() => inputsOf(context, model()))
  const output = once(() => outputsOf(context, model(), input().rows))
  const ctx = once(() => contextOf(context))
  return {
    'zk.model': settle(() => pass('zk.model', { zkModelId: model().zkModelId })),
    'zk.input': settle(() => pass('zk.input', { count: `${countOf(input())}` })),
    'zk.output': settle(() => pass('zk.output', { count: `${countOf(output())}`, names: `${output().names}` })),
    'zk.statement': settle(() => statement(context, model(), input(), output(), ctx())),
    'zk.proof': settle(() => proved(kernels, model(), input(), output(), ctx(), proof)),
  }
}

/**
 * The file must be one of the manifest's, and the integer model in it the one that the manifest commits to. A registration proof need not be
 * there; one that is must verify.
 */
function openFile({ manifest }: Context, bytes: Uint8Array, kernels: Kernels): OpenModel {
  const { files, zk } = manifest()
  const { commitment: zkModelId } = committed(zk)
  const found = sha256Hex(bytes)
  if (!files.some(({ sha256 }) => sha256 === found)) throw new Stop(fail('ZK_FILE_MISMATCH', { found }))
  const refuse = (reason: string): never => {
    throw new Stop(fail('ZK_COMMITMENT_MISMATCH', { zkModelId, reason }))
  }
  const file = readable(() => decodeZkir(bytes), refuse)
  const model = openModel(file, hexToBytes(zkModelId, 32), kernels)
  if (!(model instanceof ZkModel)) return refuse(model.error?.message ?? `${model.code}.`)
  const ranges = file.registration && verifyRegistration(kernels, model, file.registration)
  if (ranges?.ok === false) return refuse(`its registration proof does not verify (${ranges.code}).`)
  return { file, model, zkModelId }
}

function committed(zk: Manifest['zk']): NonNullable<Manifest['zk']> {
  if (zk === undefined || zk.statementVersion !== STATEMENT_VERSION) throw new Stop(fail('ZK_NOT_COMMITTED'))
  return zk
}

function readable<Value>(read: () => Value, refuse: (reason: string) => never): Value {
  try {
    return read()
  } catch (error) {
    return refuse(reasonOf(error))
  }
}

/** What binds the proof to this request on this chain. The salt is in the execution record. */
function contextOf({ bundle: { network, receipt }, execution }: Context): Uint8Array {
  return zkContext({ chainId: BigInt(network.chainId), requestId: receipt.requestId, salt: execution().salt })
}

function statement(
  { bundle: { receipt } }: Context,
  { zkModelId }: OpenModel,
  { bytes: x }: ProvedInput,
  { bytes: y }: ProvedOutput,
  ctx: Uint8Array,
): Outcome {
  const found = zkStatementHash({ modelId: receipt.modelId, zkModelId, x, y, ctx })
  if (receipt.level !== 2 || receipt.proofRef !== found) return fail('ZK_STATEMENT_MISMATCH', { expected: receipt.proofRef, found })
  return pass('zk.statement')
}

function proved(
  kernels: Kernels,
  { file, model, zkModelId }: OpenModel,
  { bytes: x, rows: batch }: ProvedInput,
  { bytes: y }: ProvedOutput,
  ctx: Uint8Array,
  proof: Uint8Array,
): Outcome {
  const verdict = verifyWith(kernels, model, { zkModelId: hexToBytes(zkModelId, 32), batch, x, y, ctx }, proof)
  if (!verdict.ok) return fail('ZK_PROOF_INVALID', { code: verdict.code })
  return pass(model.manifest.weights === 0 ? 'zk.proof' : file.registration ? 'zk.registered' : 'zk.committed')
}

const countOf = ({ count }: { count: number }): number => count
