import { CODES, type ExitCode, type Failure, type Listener, ok, type Outcome, type Ports } from '../model/index.ts';
import { printable } from '../report/index.ts';
import { serve, type ServeOptions } from '../publisher/index.ts';

export type RepoServeOptions = ServeOptions;

/** `glued repo serve`: prints its address once it listens, serves until the signal is aborted, and that is its success. */
export async function repoServe(
  ports: Pick<Ports, 'files' | 'terminal'> & { readonly listener: Listener },
  options: RepoServeOptions,
): Promise<Outcome<ExitCode, Failure>> {
  const serving = await serve(ports, options);
  if (!serving.ok) return serving;
  ports.terminal.out(`${printable(`Serving ${options.dir} at ${serving.value.url}`)}\n`);
  await serving.value.ended;
  return ok(CODES.ok);
}
