import { CODES, type ExitCode, type Failure, ok, type Outcome, type Ports } from '../model/index.ts';
import { addComponent, type AddOptions, type PublisherPorts } from '../publisher/index.ts';
import { printRepo, type RepoOutput } from './repo-output.ts';

export type RepoAddOptions = AddOptions & { readonly output: RepoOutput };

/** `glued repo add`: a component, with a key and a role of its own. */
export async function repoAdd(ports: PublisherPorts & Pick<Ports, 'terminal'>, options: RepoAddOptions): Promise<Outcome<ExitCode, Failure>> {
  const added = await addComponent(ports, options);
  if (!added.ok) return added;
  const { id, keyFile } = added.value;
  printRepo(ports, options.output, { schema: 'glued.repo-add/1', ...added.value }, [
    `Added the component ${id}; its key is ${keyFile}.`,
    `Next: glued repo publish ${options.dir} ${id} PATH --version V`,
  ]);
  return ok(CODES.ok);
}
