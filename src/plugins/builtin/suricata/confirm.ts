import { type Component, type Confirmation, type Failure, fail, type Job, ok, type Outcome, type Ports } from '../../../model/index.ts';
import { interrupted } from '../../child.ts';
import { servedOf } from '../../served.ts';
import { keptVerdict } from '../../verdict.ts';
import { CommandSocket, type NoAnswer, printable, runningText, socketPath } from './command-socket.ts';
import { insideOf } from './engine-config.ts';

const ASK_TIMEOUT_MS = 10_000;
const TELL_TIMEOUT_MS = 2000;
const POLL_MS = 250;

type ConfirmPorts = Pick<Ports, 'files' | 'sockets' | 'clock'>;

/** A try that proved the content, or why not yet; `taken`: the engine has been told to reload, so its absence is no excuse any more. */
type Try =
  | { readonly kind: 'loaded'; readonly loaded: string }
  | { readonly kind: 'absent' | 'again' | 'refused'; readonly problem: string; readonly taken: 'yes' | 'no' };

/**
 * Tells the engine to reload, waits for it, and asks how many rules it runs: no fewer than the test loaded, and none of this component's
 * failed. No engine: null, and no failure. One that still starts is asked again until the time is up.
 */
export async function confirmEngine(ports: ConfirmPorts, job: Job): Promise<Outcome<Confirmation, Failure>> {
  const { component, next, verify } = job;
  const limit = ports.clock.monotonic() + verify.timeoutSeconds * 1000;
  const left = (): number => limit - ports.clock.monotonic();
  const wanted = keptVerdict(ports.files, { ...next, ...servedOf(ports.files, next) })?.signatures ?? 1;
  let problem = 'it did not answer';
  let wasTold = false;
  while (left() > 0) {
    if (job.signal.aborted) return interrupted(job);
    const tried = await reloadOnce(ports, job, wanted, left);
    if (tried.kind === 'loaded') return ok({ loaded: tried.loaded });
    // before the reload nothing runs, and nothing is to be confirmed; after it the engine has died of what it loaded
    if (tried.kind === 'absent' && !wasTold) return ok({ loaded: null });
    wasTold ||= tried.taken === 'yes';
    if (left() > 0 || problem === 'it did not answer') problem = tried.problem;
    if (tried.kind === 'refused') break;
    await ports.clock.sleep(Math.max(0, Math.min(POLL_MS, left())), job.signal);
  }
  if (job.signal.aborted) return interrupted(job);
  return fail('confirm-failed', { component: component.id, version: next.version, seconds: verify.timeoutSeconds, problem, socket: socketPath(component), path: component.installPath });
}

async function reloadOnce(ports: ConfirmPorts, job: Job, wanted: number, left: () => number): Promise<Try> {
  const opened = await CommandSocket.open(ports, job.component, Math.max(1, Math.min(ASK_TIMEOUT_MS, left())), job.signal);
  if (!opened.ok && opened.failure.kind === 'absent') return { kind: 'absent', problem: `after the reload it is gone (${opened.failure.detail})`, taken: 'no' };
  if (!opened.ok) return notYet(opened.failure, 'no');
  const socket = opened.value;
  try {
    // the answer comes when the rules are loaded
    const reloaded = await socket.command('reload-rules', Math.max(1, left()));
    if (!reloaded.ok) return notYet(reloaded.failure, 'yes');
    return await whatItRuns(ports.files, job, socket, wanted);
  } finally {
    socket.close();
  }
}

const notYet = ({ detail }: NoAnswer, taken: 'yes' | 'no'): Try => ({ kind: 'again', problem: taken === 'yes' ? `told to reload, it is gone, silent or refuses (${detail})` : `it does not answer (${detail})`, taken });

async function whatItRuns(files: Ports['files'], { component }: Job, socket: CommandSocket, wanted: number): Promise<Try> {
  const version = await socket.version(ASK_TIMEOUT_MS);
  if (!version.ok) return notYet(version.failure, 'yes');
  const stats = await socket.stats(ASK_TIMEOUT_MS);
  if (!stats.ok) return notYet(stats.failure, 'yes');
  if (stats.value.failed > 0) {
    const failedRules = await socket.failedRules(ASK_TIMEOUT_MS);
    if (!failedRules.ok) return notYet(failedRules.failure, 'yes');
    // a rule of the machine's own that never loaded is not the release's fault
    const own = failedRules.value.find(({ file }) => insideOf(files, component.installPath, file) !== undefined);
    if (own !== undefined) return { kind: 'refused', problem: `it says that ${stats.value.failed} rules failed, one of them in ${printable(own.file)}, line ${own.line}`, taken: 'yes' };
  }
  if (stats.value.loaded < wanted) return { kind: 'refused', problem: `it runs ${stats.value.loaded} rules, and the release has ${wanted}`, taken: 'yes' };
  return { kind: 'loaded', loaded: runningText(version.value, stats.value) };
}

/** After a restore the engine is told, and not waited for: the files are what counts. */
export async function reloadAfterRestore(ports: Pick<Ports, 'files' | 'sockets'>, component: Component): Promise<void> {
  const opened = await CommandSocket.open(ports, component, TELL_TIMEOUT_MS);
  if (!opened.ok) return;
  await opened.value.command('ruleset-reload-nonblocking', TELL_TIMEOUT_MS);
  opened.value.close();
}

/** What the engine says that it runs, in one connection; undefined where none answers. */
export async function askRunning(ports: Pick<Ports, 'files' | 'sockets'>, component: Component): Promise<{ readonly version: string; readonly text: string } | undefined> {
  const opened = await CommandSocket.open(ports, component, TELL_TIMEOUT_MS);
  if (!opened.ok) return undefined;
  const version = await opened.value.version(TELL_TIMEOUT_MS);
  const stats = version.ok ? await opened.value.stats(TELL_TIMEOUT_MS) : version;
  opened.value.close();
  return version.ok && stats.ok ? { version: version.value, text: runningText(version.value, stats.value) } : undefined;
}
