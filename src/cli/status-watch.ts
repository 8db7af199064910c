import { CODES, type ExitCode, type Ports, rfc3339 } from '../model/index.ts';
import { jsonLine, type Moment, renderStatus, standingOf, timeText } from '../report/index.ts';
import { pathOf } from '../state/index.ts';
import { seeStatus, type StatusPorts, type StatusSeen } from './status.ts';

export type WatchFlags = { readonly stateDir: string; readonly format: 'text' | 'json'; readonly signal: AbortSignal };

/** One look at a file is all that a second costs. */
const LOOK_MS = 1000;
/** Ages grow, and content grows stale, without a run: shown anew so often. */
const AGAIN_MS = 30_000;
/** Cursor to the upper left, and everything from there on cleared (ECMA-48: CUP, ED). */
const HOME = '\u001b[H\u001b[J';

/**
 * `glued status --watch`: status.json whenever a run has replaced it, whoever made the run, until a signal (0: it has no end of its own) or
 * until nobody reads on. On a terminal in place; elsewhere a line for each change; as JSON, a document a line (NDJSON).
 */
export async function watchStatus(ports: StatusPorts, { stateDir, format, signal }: WatchFlags): Promise<ExitCode> {
  const { clock, terminal } = ports;
  const isDrawn = format === 'text' && terminal.stdoutIsTerminal;
  let shown = { identity: '', health: '', at: -AGAIN_MS };
  while (!signal.aborted && !terminal.outClosed()) {
    const identity = identityOf(ports, stateDir);
    const isDue = clock.monotonic() - shown.at >= AGAIN_MS;
    if (identity !== shown.identity || isDue) {
      const moment: Moment = { now: clock.now(), bootId: ports.os.bootId() };
      const seen = seeStatus(ports, stateDir);
      const { health } = standingOf(seen.status, moment);
      const isNews = identity !== shown.identity || (format === 'text' && health !== shown.health);
      if (isDrawn || isNews) terminal.out(isDrawn ? `${HOME}${renderStatus(seen.status, moment, terminal)}` : lineOf(seen, moment, format));
      shown = { identity, health, at: clock.monotonic() };
    }
    await clock.sleep(LOOK_MS, signal);
  }
  return CODES.ok;
}

/** Replaced whole, the file is another one after each run. */
function identityOf({ files }: Pick<Ports, 'files'>, stateDir: string): string {
  const seen = files.stat(pathOf(stateDir, 'status'));
  if (!seen.ok) return seen.failure.kind;
  const { inode, size, modifiedAt } = seen.value;
  return `${inode} ${size} ${modifiedAt}`;
}

function lineOf({ status, raw }: StatusSeen, moment: Moment, format: WatchFlags['format']): string {
  return format === 'json' ? jsonLine(raw) : `${timeText(rfc3339(moment.now))}: ${standingOf(status, moment).line}\n`;
}
