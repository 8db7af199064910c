import { CODES, type ExitCode, type Failure, ok, type Outcome, type Ports } from '../model/index.ts';
import { floor, type FloorOptions, type PublisherPorts } from '../publisher/index.ts';
import { printRepo, type RepoOutput } from './repo-output.ts';

export type RepoFloorOptions = FloorOptions & { readonly output: RepoOutput };

/** `glued repo floor`: the oldest agent that machines may be given. */
export async function repoFloor(ports: PublisherPorts & Pick<Ports, 'terminal'>, options: RepoFloorOptions): Promise<Outcome<ExitCode, Failure>> {
  const floored = await floor(ports, options);
  if (!floored.ok) return floored;
  const { version, before } = floored.value;
  printRepo(ports, options.output, { schema: 'glued.repo-floor/1', version, before }, [
    `No machine is given a glued older than ${version} from now on (${before === null ? 'there was no such limit' : `it was ${before}`}).`,
  ]);
  return ok(CODES.ok);
}
