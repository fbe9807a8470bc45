import type { ChainFacts, NodeFact, Sent } from '@opengradient/client'
import { type Address, formatOpg, type Hex, isOgError, OgError } from '@opengradient/protocol'
import type { Context } from '../context.ts'
import { modelIdOfReference } from './load.ts'

/** Entries of a model's list that are looked through. */
const LOOKED = 100

/** Whether anybody may take a node out of the lists of models: it was slashed, has left or announced it, or has not its whole bond (`Nodes.unlist`). */
const isGone = (fact: NodeFact | undefined): boolean => !fact?.active

/** Nodes among the first hundred of a model's list that anybody may take out of it. */
export async function goneFrom(facts: ChainFacts, modelId: Hex): Promise<Address[]> {
  const { nodes } = await facts.serving(modelId, { limit: LOOKED })
  const gone = await Promise.all(nodes.map(async (node) => isGone(await facts.node(node))))
  return nodes.filter((_, i) => gone[i])
}

/** Takes a node that is gone out of a model's list. @throws OgError `NODE_STILL_THERE`, `NODE_NOT_LISTED`, `MODEL_*` */
export async function unlist(context: Context, model: string, node: Address): Promise<Sent> {
  const facts = context.chain.at(await context.chain.head())
  const modelId = await modelIdOfReference(facts, model)
  const fact = await facts.node(node)
  if (fact && !isGone(fact))
    throw new OgError(
      'NODE_STILL_THERE',
      `node ${node} has a bond of ${formatOpg(fact.bond)} OPG and has not announced that it leaves: only its operator takes its offers back`,
      { details: { node, modelId } },
    )
  return context
    .writer()
    .unlist(modelId, node)
    .catch((cause) => {
      if (!isOgError(cause, 'NODE_NOT_LISTED')) throw cause
      throw new OgError('NODE_NOT_LISTED', `node ${node} is not on the list of ${model}`, { cause, details: { node, modelId } })
    })
}
