import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { validateOnnx } from '@opengradient/inference/onnx'
import { type Bundle, formatOpg, isOgError, OgError, parseNetworkFile, presets, trustOf } from '@opengradient/protocol'
import { type InputValue, OpenGradient, opg } from '@opengradient/sdk'
import { verify } from '@opengradient/verifier'
import { devSigner } from '../../account/accounts.ts'
import { writeWhole } from '../../home/files.ts'
import { networkPath } from '../../home/networks.ts'
import { homeAt } from '../../home/paths.ts'
import { readDescription } from '../../publish/description.ts'
import { publishOptions } from '../../publish/options.ts'
import { valuesText } from '../../render/tensors.ts'
import { SAMPLES } from './samples.ts'
import type { ServiceStart } from './service.ts'

/** Packed beside the program. */
const MODELS = fileURLToPath(new URL('../../../dist/packed/models', import.meta.url))
const WRAPPED = opg('10')

/**
 * The first minutes of a network, as a user would spend them: publish the sample models, wrap some OPG, ask one model, verify, and see a
 * changed answer refused. Config: `home`, `store`, `token`. Its facts are what the first screen shows.
 */
export const start: ServiceStart = async ({ home, store, token }, { progress }) => {
  const place = homeAt(String(home))
  const network = parseNetworkFile(readFileSync(networkPath(place, 'local')))
  const account = await devSigner(network, 'user')
  const url = String(store)
  const og = await OpenGradient.connect({
    network,
    account,
    home: place.root,
    keep: 'home',
    stores: [url],
    upload: { url, token: String(token) },
    policy: { level: 'signature', maxPrice: opg('0.01') },
  })

  progress('models')
  const samples = SAMPLES.map((folder) => join(MODELS, folder)).filter((folder) => existsSync(join(folder, 'model.onnx')))
  // All of it goes into one block: the SDK sends one account's transactions in order, without waiting for each.
  const [published] = await Promise.all([Promise.all(samples.map((folder) => og.publish(sampleOptions(folder)))), og.wallet.wrap(WRAPPED)])
  const [first] = published
  const [folder] = samples
  if (!first || !folder)
    throw new OgError('INTERNAL', `the sample models are not in ${MODELS}; install og again (in a clone: npm run build)`)
  const description = readDescription(join(folder, 'model.json'))
  const name = description.name ?? ''

  progress('answer')
  const inputs = JSON.parse(readFileSync(join(folder, 'example.json'), 'utf8')) as Record<string, InputValue>
  const { outputs, receipt, verdict, bundle } = await servedSoon(() => og.infer(name, inputs))
  const tampered = await verify(withOneByteChanged(bundle), { ...presets.answer }, trustOf(network), Math.floor(Date.now() / 1000))
  const [output] = Object.values(outputs)
  const facts = {
    model: { name, modelId: first.modelId },
    input: description.inputs?.[0]?.doc ?? '',
    output: `${output ? valuesText(output) : ''} (${description.outputs?.[0]?.doc ?? ''})`,
    price: formatOpg(receipt.price),
    node: receipt.node,
    verdict,
    tampered,
  }
  writeWhole(
    join(place.data, 'first-run.json'),
    `${JSON.stringify({ models: published.map(({ modelId }) => modelId), requestId: receipt.requestId }, null, 2)}\n`,
  )
  return { facts, close: async () => {} }
}

function sampleOptions(folder: string) {
  const path = join(folder, 'model.onnx')
  const bytes = new Uint8Array(readFileSync(path))
  return publishOptions({
    file: { path, bytes },
    model: validateOnnx(bytes),
    card: readFileSync(join(folder, 'card.md'), 'utf8'),
    description: readDescription(join(folder, 'model.json')),
  })
}

/** The node offers a new model within a block or two; until then nobody serves it. */
async function servedSoon<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask()
    } catch (error) {
      if (tries >= 200 || !isOgError(error) || !['MODEL_NOT_SERVED', 'MODEL_NOT_READY', 'MODEL_UNKNOWN'].includes(error.code)) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

/** The answer as a liar would pass it on: one bit of the last byte flipped, everything else as it was. */
function withOneByteChanged(bundle: Bundle): Bundle {
  if (!bundle.response) return bundle
  const body = bundle.response.body.slice()
  body[body.length - 1] = (body[body.length - 1] ?? 0) ^ 1
  return { ...bundle, response: { ...bundle.response, body } }
}
