import { type Confirmation, type Failure, fail, type Job, ok, type Outcome, type Ports } from '../../../model/index.ts';
import { interrupted } from '../../child.ts';
import { askClamd, loadedVersion, socketOf } from './clamd.ts';
import { dailyVersion } from './headers.ts';
import { placedFiles } from './layout.ts';

const ASK_TIMEOUT_MS = 10_000;
const POLL_MS = 250;

/**
 * Tells clamd to reload and asks which version it runs, until that is the one installed or the time is up. clamd names the version of
 * `daily` alone: for content without a daily it is known only that it took the command and answers. No clamd: null, and no failure.
 */
export async function confirmEngine(ports: Pick<Ports, 'files' | 'sockets' | 'clock'>, job: Job): Promise<Outcome<Confirmation, Failure>> {
  const { component, next, verify } = job;
  const placed = placedFiles(ports.files, component, next);
  const wanted = placed.ok ? dailyVersion(ports.files, placed.value) : undefined;
  const limit = ports.clock.monotonic() + verify.timeoutSeconds * 1000;
  const left = (): number => limit - ports.clock.monotonic();
  let problem = '';
  let hasTaken = false;
  while (left() > 0) {
    if (job.signal.aborted) return interrupted(job);
    const timeoutMs = Math.max(1, Math.min(ASK_TIMEOUT_MS, left()));
    const answer = await askClamd(ports, component, hasTaken ? 'VERSION' : 'RELOAD', timeoutMs);
    // before the reload nothing runs, and nothing is to be confirmed; after it the engine has died of what it loaded
    if (!answer.ok && answer.failure.kind === 'absent' && !hasTaken) return ok({ loaded: null });
    // an ask that the time limit cut short is no evidence against what was heard before
    const tells = answer.ok || problem === '' || timeoutMs >= POLL_MS;
    if (!answer.ok) problem = !tells ? problem : hasTaken ? `after RELOAD it is gone or silent (${answer.failure.detail})` : `it does not answer (${answer.failure.detail})`;
    else if (!hasTaken && answer.value.startsWith('RELOADING')) {
      hasTaken = true;
      continue;
    } else if (!hasTaken) problem = `it answered "${answer.value}" to RELOAD`;
    else if (wanted === undefined || loadedVersion(answer.value) === wanted) return ok({ loaded: answer.value });
    else problem = `it answers "${answer.value}", and the new daily is version ${wanted}`;
    await ports.clock.sleep(Math.max(0, Math.min(POLL_MS, left())), job.signal);
  }
  return fail('confirm-failed', {
    component: component.id,
    version: next.version,
    seconds: verify.timeoutSeconds,
    problem: problem === '' ? 'it did not answer' : problem,
    socket: socketOf(component),
    path: component.installPath,
  });
}

/** After a restore clamd is told, and not waited for: the files are what counts. */
export async function reloadAfterRestore(ports: Pick<Ports, 'files' | 'sockets'>, job: Job): Promise<void> {
  await askClamd(ports, job.component, 'RELOAD', ASK_TIMEOUT_MS);
}
