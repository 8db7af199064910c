import { basename, dirname } from 'node:path';
import { CODES, type ExitCode, type Failure, ok, type Outcome, type Ports, type ReplacedKeys } from '../model/index.ts';
import { printable } from '../report/index.ts';
import { type PublisherPorts, rotate, type Rotated, type RotateOptions } from '../publisher/index.ts';
import { endDocument, endLines, endWarnings, movedWarnings } from './repo-ends.ts';
import { printRepo, type RepoOutput } from './repo-output.ts';

export type RepoRotateOptions = RotateOptions & { readonly output: RepoOutput };

/** `glued repo rotate`: roles get new keys, and the old ones count no more. */
export async function repoRotate(ports: PublisherPorts & Pick<Ports, 'terminal'>, options: RepoRotateOptions): Promise<Outcome<ExitCode, Failure>> {
  const rotated = await rotate(ports, options);
  if (!rotated.ok) return rotated;
  const { roles, keys, bridged } = rotated.value;
  const warnings = [...warningsOf(rotated.value, options), ...movedWarnings(rotated.value), ...endWarnings(options.dir, rotated.value, ports.clock.now())];
  printRepo(ports, options.output, { schema: 'glued.repo-rotate/1', keys, bridged, roles: roles.map(endDocument), warnings }, [
    `New keys sign ${keys.map((k) => k.role).join(', ')}; those that they replace count no more.`,
    ...keys.flatMap(keyLines),
    ...endLines(roles),
  ]);
  for (const warning of warnings) ports.terminal.err(`glued: ${printable(warning)}\n`);
  return ok(CODES.ok);
}

function keyLines({ role, files, retired, elsewhere }: ReplacedKeys): readonly string[] {
  const inFolder = (paths: readonly string[]): string => `${paths.map((path) => basename(path)).join(', ')} in ${dirname(paths[0] ?? '')}`;
  return [
    `${role}: new ${inFolder(files)}`,
    ...(retired.length === 0 ? [] : [`${role}: put aside, to be destroyed or locked away: ${inFolder(retired)}`]),
    ...elsewhere.map((keyid) => `${role}: trusted no more, and its file is not here: key ${keyid}`),
  ];
}

function warningsOf({ keys, bridged }: Rotated, { offlineKeys }: RotateOptions): readonly string[] {
  const offline = offlineKeys === undefined ? keys.filter((k) => k.role === 'root' || k.role === 'targets').map((k) => k.role) : [];
  return [
    ...(bridged.length === 0 ? [] : [`The old keys of ${bridged.join(' and ')} were not there, so a root that trusts old and new was published first. A run that was under way meanwhile may have ended with 6; the next one is good.`]),
    ...(offline.length === 0 ? [] : [`Take the new keys of ${offline.join(' and ')} offline again: publishing needs none of them.`]),
  ];
}
