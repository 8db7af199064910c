import { failed, type Failure, type Outcome } from '../model/index.ts';
import { commandOf, GROUPS } from './commands.ts';
import { fastArgv } from './fast-argv.ts';
import { checkInvocation, type Invocation, usage } from './invocation.ts';

/** What argv asks for: text to print, or a command to carry out. */
export type Request = { readonly kind: 'version' } | { readonly kind: 'help'; readonly text: string } | { readonly kind: 'command'; readonly invocation: Invocation };

/** Understands argv. yargs and help are loaded only when they are needed. */
export async function resolveArgv(argv: readonly string[], cwd: string): Promise<Outcome<Request, Failure>> {
  if (argv[0] === '--version' && argv.length === 1) return { ok: true, value: { kind: 'version' } };
  const asked = beforeDashes(argv);
  if (argv.length === 0 || asked.includes('--help') || asked.includes('-h') || argv[0] === 'help') {
    return { ok: true, value: { kind: 'help', text: await helpFor(asked) } };
  }
  const raw = fastArgv(argv);
  if (raw !== undefined) return asCommand(checkInvocation(raw, cwd));
  const noCommand = commandOf(asked.filter((t) => !t.startsWith('-'))) === undefined;
  if (noCommand && asked.includes('--version')) return { ok: true, value: { kind: 'version' } };
  const { usageProblem } = await import('./usage-problem.ts');
  const wrong = usageProblem(argv);
  if (wrong !== undefined) return failed(usage(wrong.problem, wrong.command));
  const { yargsArgv } = await import('./yargs.ts');
  const answer = yargsArgv(argv);
  return answer.kind === 'sorted' ? asCommand(checkInvocation(answer.raw, cwd)) : failed(usage(answer.problem));
}

function asCommand(checked: Outcome<Invocation, Failure>): Outcome<Request, Failure> {
  if (!checked.ok) return checked;
  const invocation = checked.value;
  // a command that has an option of its own called so takes it as that
  const ownVersion = invocation.command.options.some((o) => o.name === 'version');
  if (!ownVersion && invocation.flag('version')) return { ok: true, value: { kind: 'version' } };
  return { ok: true, value: { kind: 'command', invocation } };
}

function beforeDashes(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  return end < 0 ? argv : argv.slice(0, end);
}

async function helpFor(argv: readonly string[]): Promise<string> {
  const help = await import('./help.ts');
  const words = argv.filter((t) => !t.startsWith('-') && t !== 'help');
  const command = commandOf(words);
  if (command !== undefined) return help.commandHelp(command);
  const group = (['policy', 'repo', 'registry', 'plugin'] as const satisfies readonly (keyof typeof GROUPS)[]).find((g) => g === words[0]);
  return group === undefined ? help.rootHelp() : help.groupHelp(group);
}
