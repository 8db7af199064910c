import { type Failure, fail, type Job, ok, type Outcome, type Ports } from '../../../model/index.ts';
import { fileProblem } from '../../content.ts';
import { checkShrink } from '../../shrink.ts';
import { checkDatabases } from './databases.ts';
import { findEngine } from './engine.ts';
import { sizeOf } from './headers.ts';
import { placedFiles } from './layout.ts';
import { scan } from './scan.ts';

/**
 * Judges a staged database: its form, ClamAV's own signatures, its size against what is installed, and then the installed engine, which
 * loads it in a child. Without an engine the first three are all that can be said, and the log says so.
 */
export async function test(ports: Pick<Ports, 'files' | 'proc' | 'os' | 'log'>, job: Job): Promise<Outcome<undefined, Failure>> {
  const { component, next, previous } = job;
  const about = { component: component.id, version: next.version };
  const placed = placedFiles(ports.files, component, next);
  if (!placed.ok) return fail('content-layout', { ...about, plugIn: 'clamav', problem: placed.failure });
  const damaged = placed.value.map((p) => fileProblem(ports.files, p.kept, p.entry, 'quick')).find((problem) => problem !== undefined);
  if (damaged !== undefined) return fail('content-damaged', { ...about, folder: next.folder, problem: damaged });
  const verified = await checkDatabases(ports, job, placed.value);
  if (!verified.ok) return verified;
  const after = sizeOf(ports.files, placed.value);
  const installed = previous === null ? undefined : placedFiles(ports.files, component, previous);
  if (installed?.ok === true) {
    const before = sizeOf(ports.files, installed.value);
    const shrunk =
      before.signatures > 0 ? checkShrink(job, before.signatures, after.signatures, 'signatures') : checkShrink(job, before.bytes, after.bytes, 'bytes');
    if (!shrunk.ok) return shrunk;
  }
  const program = findEngine(ports, component);
  if (program !== undefined) return scan(ports, job, program, after.signatures);
  ports.log.write('warn', 'content-not-exercised', { ...about, why: 'no clamscan is installed on this machine' });
  return ok();
}
