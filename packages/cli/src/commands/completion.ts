import { OgError } from '@opengradient/protocol'
import { GLOBAL_OPTIONS, wordOf } from '../globals.ts'
import { print, printJson } from '../io.ts'
import type { CommandModule, CommandSpec } from './command.ts'
import { COMMANDS } from './table.ts'

/** `og completion bash|zsh|fish`: words and options from the same table that makes the help. */
export const run: CommandModule['run'] = (context, [shell = '']) => {
  const script = SHELLS[shell]
  if (!script) throw new OgError('USAGE', `no completion for "${shell}"; there is bash, zsh and fish`)
  const text = script(completions())
  if (context.flags.json) printJson(context.io, { shell, script: text })
  else print(context.io, text)
  return 0
}

/** Path of words ("models publish") → what may follow. */
type Completions = Map<string, string[]>

const nameOf = (flags: string): string => /--[a-z0-9-]+/.exec(flags)?.[0] ?? ''
const ofEvery = GLOBAL_OPTIONS.map(([flags]) => nameOf(flags))
const COMMON = [...ofEvery, '--help']
/** Of these options the next word is the value, not a word of the command. */
const VALUED = GLOBAL_OPTIONS.filter(([flags]) => flags.includes('<')).map(([flags]) => nameOf(flags))

function completions(): Completions {
  const all: Completions = new Map()
  const visit = (specs: readonly CommandSpec[], path: string): void => {
    all.set(path, specs.filter((spec) => !spec.hidden).map(wordOf))
    for (const spec of specs) {
      const here = `${path} ${wordOf(spec)}`.trim()
      if (spec.children) visit(spec.children, here)
      else all.set(here, [...(spec.options ?? []).map(([flags]) => nameOf(flags)), ...COMMON])
    }
  }
  visit(COMMANDS, '')
  return all
}

const SHELLS: Record<string, (all: Completions) => string> = {
  bash: (all) => `_og() {
  local cur=\${COMP_WORDS[COMP_CWORD]} path="" words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      ${VALUED.join('|')}) ((++i)) ;;
      -*) ;;
      *) path="\${path:+$path }\${COMP_WORDS[i]}" ;;
    esac
  done
  if ((i > COMP_CWORD)); then COMPREPLY=($(compgen -f -- "$cur")); return; fi
  while :; do
    case "$path" in
${[...all].map(([path, words]) => `      "${path}") words="${words.join(' ')}"; break ;;`).join('\n')}
    esac
    [[ $path == *" "* ]] && path=\${path% *} || path=""
  done
  [[ $cur == -* && $words != *" --help" ]] && words="${COMMON.join(' ')}"
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  [[ $cur == -* || \${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- "$cur"))
}
complete -F _og og ./og`,
  zsh: (all) => `#compdef og ./og
_og() {
  local -A next
${[...all].map(([path, words]) => `  next[${path || '-'}]="${words.join(' ')}"`).join('\n')}
  local -a typed
  local word value=
  for word in \${words[2,CURRENT-1]}; do
    if [[ -n $value ]]; then value=; continue; fi
    case $word in
      ${VALUED.join('|')}) value=1 ;;
      -*) ;;
      *) typed+=($word) ;;
    esac
  done
  if [[ -n $value ]]; then _files; return; fi
  local key="\${(j: :)typed}"
  while [[ -n $key && -z \${next[$key]} ]]; do [[ $key == *" "* ]] && key=\${key% *} || key=; done
  local what="\${next[\${key:--}]}"
  [[ \${words[CURRENT]} == -* && $what != *" --help" ]] && what="${COMMON.join(' ')}"
  compadd -- \${=what} || _files
}
compdef _og og ./og`,
  fish: (all) => `function __og_words
  set -l value 0
  set -l typed (commandline -opc)
  set -e typed[1]
  for word in $typed
    if test $value = 1
      set value 0
      continue
    end
    switch $word
      case ${VALUED.join(' ')}
        set value 1
      case '-*'
      case '*'
        echo $word
    end
  end
end
function __og_is
  set -l typed (__og_words)
  test "$typed" = "$argv"
end
function __og_in
  set -l typed (__og_words)
  test (count $typed) -ge (count $argv); and test "$typed[1..(count $argv)]" = "$argv"
end
${ofEvery.map((option) => `complete -c og -l ${option.slice(2)}${VALUED.includes(option) ? ' -r' : ''}`).join('\n')}
complete -c og -l help
${[...all].flatMap(([path, words]) => words.filter((word) => !COMMON.includes(word)).map((word) => fishLine(path, word))).join('\n')}`,
}

function fishLine(path: string, word: string): string {
  return word.startsWith('--')
    ? `complete -c og -n '__og_in ${path}' -l ${word.slice(2)}`
    : `complete -c og -f -n '${`__og_is ${path}`.trim()}' -a ${word}`
}
