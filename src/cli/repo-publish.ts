import { CODES, type ExitCode, type Failure, ok, type Outcome, type Ports, type RepoPublishDocument, rfc3339 } from '../model/index.ts';
import { printable } from '../report/index.ts';
import { type Deltas, publish, type PublisherPorts, type PublishOptions } from '../publisher/index.ts';
import { printRepo, type RepoOutput } from './repo-output.ts';

export type RepoPublishOptions = PublishOptions & { readonly output: RepoOutput };

/** `glued repo publish`: a file or a folder as a new release. */
export async function repoPublish(ports: PublisherPorts & Pick<Ports, 'terminal'>, options: RepoPublishOptions): Promise<Outcome<ExitCode, Failure>> {
  const published = await publish(ports, options);
  if (!published.ok) return published;
  const { id, release, deltas, warnings } = published.value;
  const { sequence, version, channel, package: made } = release;
  const document: RepoPublishDocument = {
    schema: 'glued.repo-publish/1',
    id,
    sequence,
    version,
    date: rfc3339(release.date),
    channel,
    package: made,
    deltas: deltas.made,
    deltasSkipped: deltas.skipped,
    notes: deltas.notes,
    warnings,
  };
  printRepo(ports, options.output, document, [
    `Published ${id} ${version} as release ${sequence} in the channel ${channel}.`,
    `Package ${made.sha256}: ${made.size} bytes, ${made.unpackedSize} unpacked.`,
    ...deltaLines(deltas),
  ]);
  for (const note of deltas.notes) ports.terminal.err(`NOTE: ${printable(note)}\n`);
  for (const warning of warnings) ports.terminal.err(`glued: ${printable(warning)}\n`);
  return ok(CODES.ok);
}

function deltaLines({ made, skipped }: Deltas): readonly string[] {
  return [
    ...made.map((d) => `Delta from release ${d.fromSequence} (${d.algorithm}): ${d.size} bytes, ${d.percent} % of the package.`),
    ...skipped.map((s) => `No delta from release ${s.fromSequence}: ${s.reason}.`),
  ];
}
