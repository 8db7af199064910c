import { CODES, type ExitCode, type Failure, ok, type Outcome, type Ports } from '../model/index.ts';
import { initRepository, type InitOptions, type PublisherPorts } from '../publisher/index.ts';
import { printRepo, type RepoOutput } from './repo-output.ts';

export type RepoInitOptions = InitOptions & { readonly output: RepoOutput };

/** `glued repo init`: an empty, signed repository and its keys. */
export async function repoInit(ports: PublisherPorts & Pick<Ports, 'terminal'>, options: RepoInitOptions): Promise<Outcome<ExitCode, Failure>> {
  const made = await initRepository(ports, options);
  if (!made.ok) return made;
  const { dir, keys, rootFile, keyFiles } = made.value;
  printRepo(ports, options.output, { schema: 'glued.repo-init/1', ...made.value }, [
    `Made the repository ${dir}.`,
    `Keys: ${keys} (${keyFiles.join(', ')}). Move root-*.pem and targets-*.pem to a safe place: publishing needs neither.`,
    `Endpoints start from ${rootFile}: copy it to each machine and name it in policy as trust.rootFile.`,
    `Next: glued repo add ${dir} ID --type av --plugin files`,
  ]);
  return ok(CODES.ok);
}
