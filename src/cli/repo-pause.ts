import { CODES, type ExitCode, type Failure, ok, type Outcome, type Ports } from '../model/index.ts';
import { printable } from '../report/index.ts';
import { pause, type Paused, type PauseOptions, type PublisherPorts } from '../publisher/index.ts';
import { printRepo, type RepoOutput } from './repo-output.ts';

export type RepoPauseOptions = PauseOptions & { readonly output: RepoOutput };

/** `glued repo pause`: a release is stopped for those that do not have it, or goes on. */
export async function repoPause(ports: PublisherPorts & Pick<Ports, 'terminal'>, options: RepoPauseOptions): Promise<Outcome<ExitCode, Failure>> {
  const paused = await pause(ports, options);
  if (!paused.ok) return paused;
  const { release, instead, change, warnings } = paused.value;
  const { component: id, sequence, version, channel } = release;
  printRepo(ports, options.output, { schema: 'glued.repo-pause/1', id, sequence, version, channel, paused: release.paused, instead: instead === null ? null : instead.sequence, change, warnings }, lines(paused.value));
  for (const warning of warnings) ports.terminal.err(`glued: ${printable(warning)}\n`);
  return ok(CODES.ok);
}

function lines({ release, instead, change }: Paused): readonly string[] {
  const { component, sequence, version } = release;
  const what = `release ${sequence} (${version}) of ${component}`;
  if (!release.paused) return [change === 'made' ? `Resumed ${what}: machines take it again, as policy and rollout allow.` : `Nothing changed: ${what} is not paused.`];
  const others = instead === null ? 'wait' : `take ${instead.sequence} (${instead.version}) where that is newer than what they have`;
  return [
    change === 'made' ? `Paused ${what}.` : `Nothing changed: ${what} is paused already.`,
    `Machines that do not have it yet ${others}; machines that have it keep it. To go on: glued repo pause DIR ${component} ${sequence} --resume`,
  ];
}
