import { CODES, type ExitCode, type Failure, ok, type Outcome, type Ports, type Release, type ReleaseBrief, type RepoRevokeDocument } from '../model/index.ts';
import { printable } from '../report/index.ts';
import { type PublisherPorts, revoke, type Revoked, type RevokeOptions } from '../publisher/index.ts';
import { printRepo, type RepoOutput } from './repo-output.ts';

export type RepoRevokeOptions = RevokeOptions & { readonly output: RepoOutput };

/** `glued repo revoke`: a release is withdrawn for good, and what machines will do about it. */
export async function repoRevoke(ports: PublisherPorts & Pick<Ports, 'terminal'>, options: RepoRevokeOptions): Promise<Outcome<ExitCode, Failure>> {
  const revoked = await revoke(ports, options);
  if (!revoked.ok) return revoked;
  const { release, reason, safe, newest, also, change, warnings } = revoked.value;
  const document: RepoRevokeDocument = {
    schema: 'glued.repo-revoke/1',
    id: release.component,
    ...brief(release),
    sha256: release.package.sha256,
    reason,
    change,
    safe: safe === null ? null : brief(safe),
    newest: newest === null ? null : brief(newest),
    alsoRevoked: also.map(brief),
    warnings,
  };
  printRepo(ports, options.output, document, lines(revoked.value));
  for (const warning of warnings) ports.terminal.err(`glued: ${printable(warning)}\n`);
  return ok(CODES.ok);
}

const brief = ({ sequence, version, channel }: Release): ReleaseBrief => ({ sequence, version, channel });

function lines({ release, reason, safe, newest, also, change }: Revoked): readonly string[] {
  const { component, sequence, version, channel } = release;
  const done = change === 'made' ? 'Revoked' : 'Nothing changed, it was revoked before:';
  const none = newest === null ? `the channel ${channel} offers none, so publish one` : `now ${newest.sequence} (${newest.version}) in the channel ${channel}`;
  return [
    `${done} release ${sequence} (${version}) of ${component}: ${reason}`,
    'Machines refuse it, and its package under any number, from servers, cache and earlier content.',
    safe === null
      ? `Machines that run it go to the newest release that their policy allows (${none}), else to earlier content; where there is none they keep it and say 12.`
      : `Machines that run it go to release ${safe.sequence} (${safe.version}) at their next run, past hold, window, rollout and pin.`,
    ...also.map((r) => `Revoked with it, as it is the same package: release ${r.sequence} (${r.version}) in the channel ${r.channel}.`),
  ];
}
