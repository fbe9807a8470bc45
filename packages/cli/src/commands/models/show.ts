import { formatOpg } from '@opengradient/protocol'
import { print, printJson, widthOf } from '../../io.ts'
import { printable, shortHex, table, wrapText } from '../../render/style.ts'
import { sdkOf } from '../../session.ts'
import type { CommandModule } from '../command.ts'

/** What each reproducibility class promises. */
const CLASSES = {
  exact: 'exact: byte-identical anywhere',
  'exact-env': 'exact in the same environment',
  tolerance: 'equal within a tolerance',
  'attested-only': 'attested only: no re-execution can judge it',
} as const

/** `og models show MODEL` */
export const run: CommandModule['run'] = async (context, [model = '']) => {
  const og = await sdkOf(context, { sign: false })
  const shown = await og.models.show(model)
  const { manifest, fact } = shown
  if (context.flags.json) {
    printJson(context.io, {
      modelId: shown.modelId,
      author: fact.author,
      royaltyBps: fact.royaltyBps,
      minRoyalty: fact.minRoyalty,
      manifest,
      versions: shown.versions,
      offers: shown.offers,
      gone: shown.gone,
      card: shown.card,
    })
    return 0
  }
  const { bold, dim } = context.style
  print(context.io, `${bold(model)}  ${shown.modelId}`)
  print(context.io, `${manifest.task} · ${manifest.format} · ${CLASSES[manifest.class]}`)
  print(context.io, `${manifest.licence} · royalty ${fact.royaltyBps / 100} %, at least ${formatOpg(fact.minRoyalty)} OPG a request`)
  for (const [word, specs] of [
    ['input', manifest.inputs],
    ['output', manifest.outputs],
  ] as const) {
    for (const line of table(
      specs.map((spec) => [`  ${word}`, printable(spec.name), `${spec.datatype} [${spec.shape.join(', ')}]`, printable(spec.doc)]),
    ))
      print(context.io, line)
  }
  for (const line of table(manifest.files.map((file) => ['  file', file.path, `${file.size} bytes`, shortHex(file.sha256)])))
    print(context.io, line)
  for (const line of table(
    shown.versions.map((version) => [
      '  version',
      String(version.version),
      shortHex(version.modelId),
      version.withdrawn ? 'withdrawn' : '',
    ]),
  ))
    print(context.io, line.trimEnd())
  if (shown.offers.length === 0) print(context.io, '  no node serves it')
  for (const line of table(
    shown.offers.map((offer) => [
      '  node',
      shortHex(offer.node),
      `${formatOpg(offer.price)} OPG a request`,
      `bond ${formatOpg(offer.bond)} OPG`,
      printable(offer.endpoint),
    ]),
  ))
    print(context.io, line)
  for (const node of shown.gone) print(context.io, `  gone  ${node} (og models unlist)`)
  if (shown.card) {
    print(context.io, dim("  card (its author's words):"))
    for (const line of shown.card.split('\n').map(printable))
      for (const part of wrapText(line, widthOf(context.io) - 8).slice(0, 200)) print(context.io, `    ${part}`)
  }
  return 0
}
