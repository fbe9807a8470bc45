import { OgError } from '@opengradient/protocol'
import { print } from '../io.ts'
import type { CommandModule, CommandSpec } from './command.ts'
import { COMMANDS } from './table.ts'

/** `og completion bash|zsh|fish`: words and options from the same table that makes the help. */
export const run: CommandModule['run'] = (context, [shell = '']) => {
  const script = SHELLS[shell]
  if (!script) throw new OgError('USAGE', `no completion for "${shell}"; there is bash, zsh and fish`)
  print(context.io, script(completions()))
  return 0
}

/** Path of words ("models publish") → what may follow. */
type Completions = Map<string, string[]>

const COMMON = ['--network', '--home', '--json', '--yes', '--help']

function completions(): Completions {
  const all: Completions = new Map()
  const visit = (specs: readonly CommandSpec[], path: string): void => {
    all.set(path, specs.filter((spec) => !spec.hidden).map(wordOf))
    for (const spec of specs) {
      const here = `${path} ${wordOf(spec)}`.trim()
      if (spec.children) visit(spec.children, here)
      else all.set(here, [...(spec.options ?? []).flatMap(([flags]) => /--[a-z-]+/.exec(flags) ?? []), ...COMMON])
    }
  }
  visit(COMMANDS, '')
  return all
}

const wordOf = (spec: CommandSpec): string => spec.usage.split(' ')[0] ?? ''

const SHELLS: Record<string, (all: Completions) => string> = {
  bash: (all) => `_og() {
  local cur=\${COMP_WORDS[COMP_CWORD]} path="" words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do [[ \${COMP_WORDS[i]} == -* ]] || path="\${path:+$path }\${COMP_WORDS[i]}"; done
  while :; do
    case "$path" in
${[...all].map(([path, words]) => `      "${path}") words="${words.join(' ')}"; break ;;`).join('\n')}
    esac
    [[ $path == *" "* ]] && path=\${path% *} || path=""
  done
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  [[ $cur == -* || \${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- "$cur"))
}
complete -F _og og ./og`,
  zsh: (all) => `#compdef og ./og
_og() {
  local -A next
${[...all].map(([path, words]) => `  next[${path || '-'}]="${words.join(' ')}"`).join('\n')}
  local key="\${(j: :)\${(@)words[2,CURRENT-1]:#-*}}"
  while [[ -n $key && -z \${next[$key]} ]]; do [[ $key == *" "* ]] && key=\${key% *} || key=; done
  compadd -- \${=next[\${key:--}]} || _files
}
compdef _og og ./og`,
  fish: (all) => [...all].flatMap(([path, words]) => words.map((word) => fishLine(path, word))).join('\n'),
}

function fishLine(path: string, word: string): string {
  const parts = path.split(' ').filter(Boolean)
  const when = parts.length === 0 ? '__fish_use_subcommand' : parts.map((part) => `__fish_seen_subcommand_from ${part}`).join('; and ')
  return word.startsWith('--') ? `complete -c og -n '${when}' -l ${word.slice(2)}` : `complete -c og -f -n '${when}' -a ${word}`
}
