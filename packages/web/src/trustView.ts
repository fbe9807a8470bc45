import type { NetworkFile } from '@opengradient/protocol'
import { type Child, h } from './dom.ts'
import { hash } from './hash.ts'
import { fileInput } from './intakeView.ts'
import type { Rules } from './judge.ts'

/** The network that the reader trusts, and where the page has it from. */
export interface Trusted {
  readonly network: NetworkFile
  readonly from: string
}

const MEANINGS: Readonly<Record<Rules['preset'], string>> = {
  auto: 'what the bundle claims to show: settled with a batch, answer with chain evidence, else archive',
  answer: 'who answered, with what, at which price: as it arrives',
  settled: 'also that payment and receipt are on chain for good',
  archive: 'hashes and signature only',
  tee: 'as answer, with the evidence of the enclave that gave it',
  development: 'as tee, but no hardware stands behind the evidence',
  zk: 'as answer, with a proof that the integer model gave it (succinct, not zero-knowledge)',
}

/** What the verdict rests on: the trusted network, what has to pass, what the reader knows. */
export function trustView(
  trusted: Trusted | undefined,
  preset: Rules['preset'],
  fields: HTMLElement,
  on: { take(file: File): void; preset(preset: Rules['preset']): void },
): Child[] {
  const choice = (name: Rules['preset']): Child =>
    h(
      'label',
      { title: MEANINGS[name] },
      h('input', { type: 'radio', name: 'preset', value: name, checked: preset === name, change: () => on.preset(name) }),
      ` ${name}`,
    )
  return [
    h('h2', { id: 'trust' }, 'Trust'),
    trusted
      ? described(trusted)
      : h(
          'p',
          { class: 'notice' },
          'No network: nothing on chain can be checked, and no level reached. Choose the network file of the network that you trust.',
        ),
    fileInput('network', on.take),
    h('label', { for: 'network', class: 'button' }, trusted ? 'Trust another network file' : 'Choose a network file'),
    h(
      'fieldset',
      {},
      h('legend', {}, 'Required'),
      h('div', { class: 'choices' }, (Object.keys(MEANINGS) as Rules['preset'][]).map(choice)),
      h('p', { class: 'small' }, MEANINGS[preset]),
    ),
    fields,
  ]
}

function described({ network, from }: Trusted): HTMLElement {
  const anchors = `${network.anchors.length} ${network.anchors.length === 1 ? 'anchor' : 'anchors'}`
  return h(
    'p',
    {},
    'Network ',
    h('b', {}, network.name),
    `, chain ${network.chainId}, from ${from}. Genesis `,
    hash(network.genesisHash),
    `, ${anchors}.`,
  )
}
