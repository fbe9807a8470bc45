import { type Child, h } from './dom.ts'
import { short } from './format.ts'

/** A hash, short, whole on hover and for screen readers; a press copies it. */
export function hash(hex: string): HTMLElement {
  const button = h('button', { type: 'button', class: 'hash', title: hex, 'aria-label': `copy ${hex}` }, short(hex))
  button.addEventListener('click', () => {
    void navigator.clipboard.writeText(hex).then(
      () => flash(button, 'copied'),
      () => flash(button, 'not copied'),
    )
  })
  return button
}

/** A sentence with its hashes short. */
export function sentence(text: string): Child[] {
  return text.split(/(0x[0-9a-f]{40,64}\b)/).map((part, i) => (i % 2 === 1 ? hash(part) : part))
}

function flash(button: HTMLElement, word: string): void {
  const text = button.textContent
  if (text === word) return
  button.textContent = word
  setTimeout(() => {
    button.textContent = text
  }, 1200)
}
