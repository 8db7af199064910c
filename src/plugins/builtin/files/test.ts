import { type Failure, fail, type Job, ok, type Outcome, type Ports } from '../../../model/index.ts';
import { lastWords, runTest } from '../../child.ts';
import { fileEntries, filesOf, manifestOf } from '../../content.ts';
import { checkShrink } from '../../shrink.ts';
import { notRun, SETTING, testCommand } from './test-command.ts';

/** Stands for the folder of the content that is tested, anywhere in an argument. */
const PLACE = '{path}';

/**
 * Judges unpacked content: it has not shrunk beyond policy's limit, and the component's `TestCommand`, where it has one, ends
 * with 0. The command is an absolute path, or a JSON list of a program and its arguments; no shell reads it.
 */
export async function test(ports: Pick<Ports, 'files' | 'proc' | 'os'>, job: Job): Promise<Outcome<undefined, Failure>> {
  const { component, next, previous } = job;
  const manifest = manifestOf(ports.files, next.folder);
  // every file was hashed while it was unpacked; that all are there is read back after the swap
  if (!manifest.ok) return fail('content-damaged', { component: component.id, version: next.version, folder: next.folder, problem: manifest.failure });
  const before = previous === null ? undefined : manifestOf(ports.files, previous.folder);
  if (before?.ok === true) {
    const shrunk = checkShrink(job, totalBytes(before.value), totalBytes(manifest.value), 'bytes');
    if (!shrunk.ok) return shrunk;
  }
  return runCommand(ports, job);
}

const totalBytes = (manifest: Parameters<typeof fileEntries>[0]): number => fileEntries(manifest).reduce((sum, entry) => sum + entry.size, 0);

async function runCommand(ports: Pick<Ports, 'files' | 'proc' | 'os'>, job: Job): Promise<Outcome<undefined, Failure>> {
  const argv = testCommand(job.component);
  if (!argv.ok) return argv;
  if (argv.value === null) return ok();
  const scratch = ports.files.makeFolder(job.scratch, 0o700);
  const [program, ...rest] = argv.value;
  if (!scratch.ok) return notRun(job.component, program, `has no folder to run in (${scratch.failure.detail})`);
  const folder = filesOf(job.next);
  const ended = await runTest(ports, job, { argv: [program, ...rest.map((argument) => argument.replaceAll(PLACE, folder))], setting: SETTING });
  if (!ended.ok) return ended;
  const { exit } = ended.value;
  if (exit === 0) return ok();
  return fail(
    'content-test-failed',
    { component: job.component.id, version: job.next.version, program, exit: exit ?? 'unknown' },
    lastWords(ended.value),
  );
}
