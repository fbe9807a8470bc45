import { visible } from './format.ts'

type Attributes = Readonly<Record<string, string | boolean | ((event: Event) => void)>>
export type Child = Node | string | undefined | readonly Child[]

/**
 * An element. Text is only ever set as text, so nothing that a bundle says can become markup, and `visible`. Attributes: `true` sets,
 * `false` leaves out; a function is a listener for the event of that name.
 */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value)
    else if (value !== false) element.setAttribute(name, value === true ? '' : value)
  }
  append(element, children)
  return element
}

/** Replaces what is in `parent`. */
export function show(parent: Element, ...children: Child[]): void {
  parent.replaceChildren()
  append(parent, children)
}

function append(parent: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === undefined) continue
    if (typeof child === 'string') parent.append(visible(child))
    else if (child instanceof Node) parent.append(child)
    else append(parent, child)
  }
}
