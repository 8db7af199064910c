import { CODES, type ExitCode, type Failure, ok, type Outcome, type Ports, rfc3339, type UnusedFiles } from '../model/index.ts';
import { printable, timeText } from '../report/index.ts';
import { prune, type Pruned, type PruneOptions, type PublisherPorts } from '../publisher/index.ts';
import { printRepo, type RepoOutput } from './repo-output.ts';

export type RepoPruneOptions = PruneOptions & { readonly output: RepoOutput };

/** `glued repo prune`: catalogs lose their old releases, and the folder the files that nobody can want any more. */
export async function repoPrune(ports: PublisherPorts & Pick<Ports, 'terminal'>, options: RepoPruneOptions): Promise<Outcome<ExitCode, Failure>> {
  const pruned = await prune(ports, options);
  if (!pruned.ok) return pruned;
  const { components, files, warnings } = pruned.value;
  const document = {
    schema: 'glued.repo-prune/1',
    ...(options.act === 'look' ? { dryRun: true } : {}),
    components: components.map(({ id, kept, removed }) => ({ id, kept, removed: removed.map((r) => r.sequence) })),
    removed: files.removed,
    waiting: { ...files.waiting, next: files.next === null ? null : rfc3339(files.next) },
    warnings,
  } as const;
  printRepo(ports, options.output, document, lines(pruned.value, options.act));
  for (const warning of warnings) ports.terminal.err(`glued: ${printable(warning)}\n`);
  return ok(CODES.ok);
}

function lines({ components, files: { removed, waiting, next } }: Pruned, act: PruneOptions['act']): readonly string[] {
  const counted = ({ files, bytes }: UnusedFiles): string => `${files} file${files === 1 ? '' : 's'} (${bytes} bytes)`;
  const [took, removedNow] = act === 'look' ? ['would take out', 'Would remove'] : ['took out', 'Removed'];
  return [
    ...(act === 'look' ? ['Dry run, nothing was changed.'] : []),
    ...components.map(({ id, kept, removed: gone }) => `${id}: ${gone.length === 0 ? 'nothing is old' : `${took} ${gone.length}, up to release ${gone[0]?.sequence}`}; ${kept} stay.`),
    `${removedNow} ${counted(removed)} that nothing names any more.`,
    ...(next === null ? [] : [`${counted(waiting)} ${waiting.files === 1 ? 'waits' : 'wait'} until no machine can want them: give the command again after ${timeText(rfc3339(next))}.`]),
  ];
}
