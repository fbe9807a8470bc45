import type { Bundle } from '@opengradient/protocol'
import { type Child, h } from './dom.ts'
import { TAMPERINGS } from './tamper.ts'

/** Invites to lie: each button changes one thing of a copy, and the verdict answers. */
export function liesView(bundle: Bundle, chosen: string | undefined, choose: (id: string | undefined) => void): Child {
  const button = (id: string | undefined, label: string): HTMLElement =>
    h('button', { type: 'button', 'aria-pressed': `${chosen === id}`, click: () => choose(id) }, label)
  const offered = TAMPERINGS.filter(({ applies }) => applies(bundle))
  return h(
    'section',
    { class: 'lies', 'aria-labelledby': 'lies' },
    h('h3', { id: 'lies' }, 'See a lie refused'),
    h('p', { class: 'dim' }, 'Changes a copy in this page’s memory and judges it again.'),
    h(
      'div',
      { class: 'buttons' },
      button(undefined, 'as it came'),
      offered.map(({ id, label }) => button(id, label)),
    ),
  )
}
