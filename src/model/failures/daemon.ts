import type { FailureRow } from '../failure-row.ts';

/** Failures of the daemon, of its control socket and of those who talk to it. */
export const DAEMON_FAILURES = {
  'daemon-running': {
    code: 'locked',
    text: 'A daemon is at work on {path} already: pid {pid}, since {since}.',
    remedy: 'One is enough: talk to it with `glued run` and `glued status`, or stop it first (kill {pid}).',
    retry: false,
  },
  'daemon-socket': {
    code: 'state',
    text: 'The control socket {path} cannot be made: {problem}.',
    remedy: 'Put right what is named, or use another state folder with --state DIR; its socket is run/glued.sock there.',
    retry: false,
  },
  'daemon-queue-full': {
    code: 'locked',
    text: 'The daemon has {length} commands to do already, and takes no more for now.',
    remedy: 'Wait until some are done (glued status --json names them), or cancel what is not needed.',
    retry: true,
  },
  'daemon-stopping': {
    code: 'daemon-unreachable',
    text: 'The daemon is about to end, and takes no more commands.',
    remedy: 'Ask again in some seconds; where no daemon is, `glued run` works by itself.',
    retry: true,
  },
  'daemon-answer': {
    code: 'daemon-unreachable',
    text: 'Somebody listens on {path}, and does not answer as the glued daemon does: {problem}.',
    remedy: 'Restart the daemon. If it is no glued that listens there (fuser {path}), end that program and remove the socket.',
    retry: true,
  },
  'daemon-lost': {
    code: 'daemon-unreachable',
    text: 'The daemon on {path} was lost before the command was over: {problem}.',
    remedy: 'Look at its log. Nothing was left half done: the next run, by the daemon or by itself, recovers first.',
    retry: true,
  },
  'control-request': { code: 'usage', text: '{problem}.', remedy: 'The control socket is described in docs/daemon.md.', retry: false },
} as const satisfies Record<string, FailureRow>;
