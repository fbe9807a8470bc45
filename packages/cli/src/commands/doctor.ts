import { CHECKS } from '../doctor/checks.ts'
import { print, printJson } from '../io.ts'
import { wrapText } from '../render/style.ts'
import type { CommandModule } from './command.ts'

/** `og doctor [--fix]`: every check runs, also after a failure. Exit code 5 when something is wrong. */
export const run: CommandModule['run'] = async (context, _args, flags) => {
  const { green, red, yellow, dim } = context.style
  const findings = []
  for (const check of CHECKS) {
    let finding = await check.look(context)
    if (finding.status === 'bad' && flags.fix && finding.fix) {
      await finding.fix()
      finding = { ...(await check.look(context)), fixed: true }
    }
    findings.push({ name: check.name, status: finding.status, says: finding.says, remedy: finding.remedy, fixed: finding.fixed })
    if (context.flags.json) continue
    const word = { good: green('good'), note: yellow('note'), bad: red('bad ') }[finding.status]
    print(context.io, `${word}  ${check.name.padEnd(14)} ${finding.says}${finding.fixed ? ' (mended)' : ''}`)
    if (finding.remedy) for (const line of wrapText(finding.remedy, 76)) print(context.io, dim(`      → ${line}`))
  }
  const healthy = findings.every((finding) => finding.status !== 'bad')
  if (context.flags.json) printJson(context.io, { healthy, findings })
  return healthy ? 0 : 5
}
