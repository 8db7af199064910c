import { CODES, type ExitCode, FAILURES, type Failure, failureExit, failureRemedy, failureText, ok, type Outcome, type Ports, type RepoCheckDocument, type RepoFinding, type RevokedHere, rfc3339 } from '../model/index.ts';
import { printable } from '../report/index.ts';
import { checkRepository, type CheckReport, isTopRole } from '../publisher/index.ts';
import { printRepo, type RepoOutput } from './repo-output.ts';

export type RepoCheckOptions = { readonly dir: string; readonly signal: AbortSignal; readonly output: RepoOutput };

/** `glued repo check`: every problem with its file and remedy. The exit code is the first problem's; warnings alone are 0. */
export async function repoCheck(ports: Pick<Ports, 'files' | 'clock' | 'terminal'>, options: RepoCheckOptions): Promise<Outcome<ExitCode, Failure>> {
  const checked = await checkRepository(ports, options);
  if (!checked.ok) return checked;
  const { problems, warnings, counts, dir, expires, revoked, paused } = checked.value;
  const document: RepoCheckDocument = { schema: 'glued.repo-check/1', dir, expires: expires.map(({ role, at }) => ({ role, at: rfc3339(at) })), counts, revoked, paused, problems: problems.map(told), warnings: warnings.map(told) };
  const verdict = problems.length === 0 ? 'Whole' : counted(problems.length, 'problem');
  printRepo(ports, options.output, document, [
    `${verdict}: ${counted(counts.components, 'component')}, ${counted(counts.releases, 'release')}, ${counted(counts.packages, 'package')} and ${counted(counts.deltas, 'delta')} (${counts.bytes} bytes) in ${dir}.`,
    ...(expires.length === 0 ? [] : [`Signed until: ${dates(expires)}.`]),
    ...revoked.map(revokedLine),
    ...paused.map((p) => `Paused: release ${p.sequence} (${p.version}) of ${p.id}.`),
  ]);
  for (const [kind, list] of [['problem', problems], ['warning', warnings]] as const) {
    for (const one of list) ports.terminal.err(`${kind}: ${printable(`${failureText(one)} ${failureRemedy(one)}`)}\n`);
  }
  const [first] = problems;
  return ok(first === undefined ? CODES.ok : failureExit(first));
}

/** `timestamp 2026-12-05, snapshot 2026-12-28`: the roles of TUF, and the component that ends first. */
function dates(expires: CheckReport['expires']): string {
  const component = expires.find(({ role }) => !isTopRole(role));
  return expires.filter((one) => isTopRole(one.role) || one === component).map(({ role, at }) => `${role} ${rfc3339(at).slice(0, 10)}`).join(', ');
}

function revokedLine({ id, sequence, version, reason, safeSequence }: RevokedHere): string {
  const name = version === null ? '' : ` (${version})`;
  return `Revoked: release ${sequence}${name} of ${id}, ${safeSequence === null ? 'without a safe release' : `safe is ${safeSequence}`}: ${reason}`;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

function told(failure: Failure): RepoFinding {
  const codeName = FAILURES[failure.why].code;
  return { code: CODES[codeName], codeName, text: failureText(failure), remedy: failureRemedy(failure) };
}
