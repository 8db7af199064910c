import type { ProgressEvent } from '../engine/index.ts';
import type { Clock, Terminal } from '../model/index.ts';

/** A terminal is redrawn at most this often. */
const EVERY_MS = 100;
const BAR = 24;

/** One line on stderr that shows what is being done, where stderr is a terminal; undefined elsewhere. */
export function progressLine(
  terminal: Terminal,
  clock: Pick<Clock, 'monotonic'>,
): { readonly show: (event: ProgressEvent) => void; readonly clear: () => void } | undefined {
  if (!terminal.stderrIsTerminal) return undefined;
  let drawnAt = -EVERY_MS;
  let drawn = false;
  return {
    show(event) {
      const now = clock.monotonic();
      const last = event.kind === 'bytes' && event.done === event.total;
      if (!last && now - drawnAt < EVERY_MS) return;
      drawnAt = now;
      drawn = true;
      terminal.err(`\r\u001b[2K${lineOf(event).slice(0, terminal.columns - 1)}`);
    },
    clear() {
      if (drawn) terminal.err('\r\u001b[2K');
    },
  };
}

function lineOf(event: ProgressEvent): string {
  if (event.kind === 'stage') return `${event.component}: ${event.stage}`;
  const share = event.total === 0 ? 1 : event.done / event.total;
  const full = Math.round(share * BAR);
  const mib = (bytes: number) => (bytes / 1_048_576).toFixed(1);
  return `${event.component}: [${'#'.repeat(full)}${'.'.repeat(BAR - full)}] ${Math.floor(share * 100)} % of ${mib(event.total)} MiB`;
}
