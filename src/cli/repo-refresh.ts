import { CODES, type ExitCode, type Failure, ok, type Outcome, type Ports } from '../model/index.ts';
import { type PublisherPorts, refresh, type RefreshOptions } from '../publisher/index.ts';
import { printRepo, type RepoOutput } from './repo-output.ts';

export type RepoRefreshOptions = RefreshOptions & { readonly output: RepoOutput };

/** `glued repo refresh`: the dates of snapshot and timestamp go on, though nothing was published. */
export async function repoRefresh(ports: PublisherPorts & Pick<Ports, 'terminal'>, options: RepoRefreshOptions): Promise<Outcome<ExitCode, Failure>> {
  const refreshed = await refresh(ports, options);
  if (!refreshed.ok) return refreshed;
  const { timestampVersion } = refreshed.value;
  printRepo(ports, options.output, { schema: 'glued.repo-refresh/1', timestampVersion }, [`Signed snapshot and timestamp anew (timestamp ${timestampVersion}).`]);
  return ok(CODES.ok);
}
