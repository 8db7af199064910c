import { CODES, type ExitCode, type Failure, ok, type Outcome, type Ports, rfc3339 } from '../model/index.ts';
import { type PublisherPorts, renew, type RenewOptions } from '../publisher/index.ts';
import { endDocument, endLines, endWarnings, movedWarnings } from './repo-ends.ts';
import { printable, timeText } from '../report/index.ts';
import { printRepo, type RepoOutput } from './repo-output.ts';

export type RepoRenewOptions = RenewOptions & { readonly output: RepoOutput };

/** `glued repo renew`: the dates of what is signed with offline keys go on. */
export async function repoRenew(ports: PublisherPorts & Pick<Ports, 'terminal'>, options: RepoRenewOptions): Promise<Outcome<ExitCode, Failure>> {
  const renewed = await renew(ports, options);
  if (!renewed.ok) return renewed;
  const { roles } = renewed.value;
  const made = roles.filter((role) => role.change === 'made');
  const first = roles.reduce((a, b) => (b.expires < a.expires ? b : a));
  const warnings = [...movedWarnings(renewed.value), ...endWarnings(options.dir, renewed.value, ports.clock.now())];
  printRepo(ports, options.output, { schema: 'glued.repo-renew/1', roles: roles.map(endDocument), warnings }, [
    `Signed anew: ${made.map((role) => role.role).join(', ')}. Keys and content are as they were.`,
    ...endLines(roles),
    `The first to end is ${first.role}, at ${timeText(rfc3339(first.expires))}.`,
  ]);
  for (const warning of warnings) ports.terminal.err(`glued: ${printable(warning)}\n`);
  return ok(CODES.ok);
}
