/** What ends a run from outside: the signal to hand on, and the name of the one that came, for the message. */
export type Signals = {
  readonly signal: AbortSignal;
  readonly name: () => string;
  /** from here on SIGHUP calls this, and ends nothing */
  readonly onHangup: (listener: () => void) => void;
};

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Turns SIGINT, SIGTERM and SIGHUP into one abort. Who presses Ctrl-C a second time wants out at once: exit 130, recovery is the next run's.
 * SIGUSR1, which other daemons open their log anew for, does nothing: Node would open a debugger's port, and whoever may use that may all that we may.
 */
export function onSignals(): Signals {
  if (process.platform !== 'win32') process.on('SIGUSR1', () => undefined);
  const controller = new AbortController();
  let name = '';
  let hangup: (() => void) | undefined;
  for (const signal of ENDING) {
    process.on(signal, () => {
      if (signal === 'SIGHUP' && hangup !== undefined) {
        hangup();
      } else if (name === '') {
        name = signal;
        controller.abort();
      } else if (signal === 'SIGINT') {
        process.exit(130);
      }
    });
  }
  return {
    signal: controller.signal,
    name: () => name,
    onHangup: (listener) => {
      hangup = listener;
    },
  };
}
