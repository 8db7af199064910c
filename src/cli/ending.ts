import {
  CODES,
  type ExitCode,
  type Failure,
  failureExit,
  failureRemedy,
  failureText,
  FAILURES,
  rfc3339,
  type RunDocument,
  runId,
} from '../model/index.ts';
import type { ErrorDocument } from '../report/index.ts';
import type { Surroundings } from './surroundings.ts';

/** How the failure of a command is told: as a sentence, as a document, or as a run's document. */
export type Telling = 'text' | 'json' | 'run-json';

/** Commands whose document is a run's. */
const TELL_RUNS = ['run', 'rollback', 'recover'];

/** Judged from argv itself: a line that could not be understood still gets its one document. */
export function tellingOf(argv: readonly string[]): Telling {
  const end = argv.indexOf('--');
  const tokens = end < 0 ? argv : argv.slice(0, end);
  if (!tokens.some((t) => t === '--json' || t === '--json=true')) return 'text';
  return TELL_RUNS.some((command) => tokens.includes(command)) ? 'run-json' : 'json';
}

/** Tells a failure: one line on stderr, and with --json exactly one document on stdout. Gives the exit code. */
export async function endWith(failure: Failure, telling: Telling, around: Surroundings): Promise<ExitCode> {
  const { errorDocument, jsonText } = await import('../report/index.ts');
  if (telling !== 'run-json') return endWithError(errorDocument(failure), telling, around);
  await endWithError(errorDocument(failure), 'text', around);
  around.terminal.out(jsonText(runDocument(failure, around)));
  return failureExit(failure);
}

/** The same for a failure that is a document already: the daemon told it. */
export async function endWithError(error: ErrorDocument, telling: 'text' | 'json', { terminal }: Pick<Surroundings, 'terminal'>): Promise<ExitCode> {
  const { jsonText, printable } = await import('../report/index.ts');
  const line = `${error.text} ${error.remedy}`.replace(/\s*\n\s*/g, ' ');
  terminal.err(`glued: ${printable(line)}\n`);
  if (telling === 'json') terminal.out(jsonText(error));
  return error.code;
}

/** A run that never began, as a run's document: whoever reads one reads the other. */
function runDocument(failure: Failure, around: Surroundings): RunDocument {
  const { os, clock, random, agentVersion } = around;
  const codeName = FAILURES[failure.why].code;
  const now = clock.now();
  const error = { code: CODES[codeName], name: codeName, stage: 'start', text: failureText(failure), remedy: failureRemedy(failure) };
  return {
    schema: 'glued.run/1',
    runId: runId(now, random.bytes(10)),
    agent: { version: agentVersion, runtime: os.runtime, os: os.platform, arch: os.arch },
    host: { id: '', name: os.hostName() },
    trigger: 'command',
    startedAt: rfc3339(now),
    finishedAt: rfc3339(now),
    outcome: 'failed',
    code: CODES[codeName],
    codeName,
    policy: { id: null, version: null, digest: null, sources: [], ignoredKeys: [] },
    server: { url: null, tried: [] },
    rounds: 0,
    components: [],
    restart: 'none',
    errors: [failure.detail === undefined ? error : { ...error, detail: failure.detail }],
    notes: [],
    report: { delivered: false, queued: 0, lastError: null },
    trust: { expiresAt: null },
    next: { at: null, reason: null },
  };
}
