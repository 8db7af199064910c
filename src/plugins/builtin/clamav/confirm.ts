import { type Confirmation, type Failure, fail, type Job, ok, type Outcome, type Ports } from '../../../model/index.ts';
import { interrupted } from '../../child.ts';
import { askClamd, loadedVersion } from './clamd.ts';
import { dailyVersion } from './headers.ts';
import { placedFiles } from './layout.ts';
import { followLog } from './reload-log.ts';
import { wayToClamd } from './way-to-clamd.ts';

const ASK_TIMEOUT_MS = 10_000;
const POLL_MS = 250;

/** A log that gains no line for so long after a reload is not written any more (LogFileMaxSize): it proves nothing then. */
const LOG_PATIENCE_MS = 10_000;

/**
 * clamd passes over a RELOAD while it is still busy with the one before, and answers the same: it is told again. Loading all of ClamAV's
 * databases takes up to a minute.
 */
const TELL_AGAIN_MS = 15_000;
/** So long, and no longer than a confirmation may take, a restore waits for clamd to name what is there again. */
const RESTORE_MS = 60_000;

type ConfirmPorts = Pick<Ports, 'files' | 'sockets' | 'clock'>;

/**
 * Tells clamd to reload and asks which version it runs, until that is the one installed or the time is up. No clamd: null, and no failure.
 * clamd names the version of `daily` alone. Other content is proven by clamd's log where that is known; where it is not, it is known only
 * that clamd took the command and answers.
 */
export async function confirmEngine(ports: ConfirmPorts, job: Job): Promise<Outcome<Confirmation, Failure>> {
  const { component, next, verify } = job;
  const way = wayToClamd(ports, component);
  if (way.kind === 'none') return ok({ loaded: null });
  const limit = ports.clock.monotonic() + verify.timeoutSeconds * 1000;
  const left = (): number => limit - ports.clock.monotonic();
  const proof = proofOf(ports, job, way.log);
  let problem = '';
  let hasTaken = false;
  let tellAt = -Infinity;
  while (left() > 0) {
    if (job.signal.aborted) return interrupted(job);
    const timeoutMs = Math.max(1, Math.min(ASK_TIMEOUT_MS, left()));
    const tells = ports.clock.monotonic() >= tellAt;
    const answer = await askClamd(ports, component, tells ? 'RELOAD' : 'VERSION', timeoutMs);
    // before the reload nothing runs, and nothing is to be confirmed; after it the engine has died of what it loaded
    if (!answer.ok && answer.failure.kind === 'absent' && !hasTaken) return ok({ loaded: null });
    // an ask that the time limit cut short is no evidence against what was heard before
    const isEvidence = answer.ok || problem === '' || timeoutMs >= POLL_MS;
    if (!answer.ok) problem = !isEvidence ? problem : hasTaken ? `after RELOAD it is gone or silent (${answer.failure.detail})` : `it does not answer (${answer.failure.detail})`;
    else if (tells && answer.value.startsWith('RELOADING')) {
      hasTaken = true;
      tellAt = ports.clock.monotonic() + TELL_AGAIN_MS;
      continue;
    } else if (tells) problem = `it answered "${answer.value}" to RELOAD`;
    else {
      const word = proof(answer.value);
      if (word.kind === 'loaded') return ok({ loaded: word.loaded });
      problem = word.problem;
      if (word.kind === 'refused') break;
    }
    await ports.clock.sleep(Math.max(0, Math.min(POLL_MS, left())), job.signal);
  }
  return fail('confirm-failed', {
    component: component.id,
    version: next.version,
    seconds: verify.timeoutSeconds,
    problem: problem === '' ? 'it did not answer' : problem,
    socket: way.name,
    path: component.installPath,
  });
}

type Word = { readonly kind: 'loaded'; readonly loaded: string } | { readonly kind: 'waiting' | 'refused'; readonly problem: string };

/** Whether an answer to VERSION, and clamd's log beside it, prove that the new content is loaded. */
function proofOf(ports: ConfirmPorts, job: Job, logPath: string | undefined): (answer: string) => Word {
  const placed = placedFiles(ports.files, job.component, job.next);
  const wanted = placed.ok ? dailyVersion(ports.files, placed.value) : undefined;
  const readLog = followLog(ports.files, logPath);
  const patience = ports.clock.monotonic() + LOG_PATIENCE_MS;
  return (answer) => {
    const word = readLog?.();
    if (word?.kind === 'failed') return { kind: 'refused', problem: `its log ${logPath} says that the reload failed and the databases before are kept` };
    if (wanted !== undefined) {
      const isLoaded = loadedVersion(answer) === wanted;
      return isLoaded ? { kind: 'loaded', loaded: answer } : { kind: 'waiting', problem: `it answers "${answer}", and the new daily is version ${wanted}` };
    }
    if (word?.kind === 'loaded') return { kind: 'loaded', loaded: `${answer}, ${word.signatures} signatures` };
    const isDumb = word === undefined || (word.kind === 'silent' && ports.clock.monotonic() > patience);
    return isDumb ? { kind: 'loaded', loaded: answer } : { kind: 'waiting', problem: `its log ${logPath} does not say that it has reloaded` };
  };
}

/** After a restore clamd is told until it names what is there again, where it names it. It never fails: the files are what counts. */
export async function reloadAfterRestore(ports: ConfirmPorts, job: Job): Promise<void> {
  const { component, previous, verify, signal } = job;
  const placed = previous === null ? undefined : placedFiles(ports.files, component, previous);
  const wanted = placed?.ok === true ? dailyVersion(ports.files, placed.value) : undefined;
  const limit = ports.clock.monotonic() + Math.min(RESTORE_MS, verify.timeoutSeconds * 1000);
  while (ports.clock.monotonic() < limit) {
    const told = await askClamd(ports, component, 'RELOAD', ASK_TIMEOUT_MS);
    if (!told.ok || wanted === undefined) return;
    for (const again = Math.min(limit, ports.clock.monotonic() + TELL_AGAIN_MS); ports.clock.monotonic() < again; await ports.clock.sleep(POLL_MS, signal)) {
      const answer = await askClamd(ports, component, 'VERSION', ASK_TIMEOUT_MS);
      if (!answer.ok || loadedVersion(answer.value) === wanted || signal.aborted) return;
    }
  }
}
