import { CODES, type CodeName, type ExitCode } from './codes.ts';
import type { FailureRow } from './failure-row.ts';
import { AGENT_FAILURES } from './failures/agent.ts';
import { DAEMON_FAILURES } from './failures/daemon.ts';
import { DELTA_FAILURES } from './failures/delta.ts';
import { DOCTOR_FAILURES } from './failures/doctor.ts';
import { ENGINE_FAILURES } from './failures/engine.ts';
import { HOST_FAILURES } from './failures/host.ts';
import { PLANNER_FAILURES } from './failures/planner.ts';
import { PLUGIN_FAILURES } from './failures/plugins.ts';
import { POLICY_FAILURES } from './failures/policy.ts';
import { PROBATION_FAILURES } from './failures/probation.ts';
import { PROXY_FAILURES } from './failures/proxy.ts';
import { PUBLISHER_FAILURES } from './failures/publisher.ts';
import { SERVICE_FAILURES } from './failures/service.ts';
import { STATE_FAILURES } from './failures/state.ts';
import { SURICATA_FAILURES } from './failures/suricata.ts';
import { TRANSFER_FAILURES } from './failures/transfer.ts';
import { TRUST_FAILURES } from './failures/trust.ts';
import { UNPACK_FAILURES } from './failures/unpack.ts';
import { failed, type Failed } from './outcome.ts';
import { fill, type Slots } from './slots.ts';

export type { FailureRow } from './failure-row.ts';

/** Every foreseen failure of every room. A row's key is its `why`. */
export const FAILURES = {
  ...AGENT_FAILURES,
  ...DAEMON_FAILURES,
  ...DELTA_FAILURES,
  ...DOCTOR_FAILURES,
  ...ENGINE_FAILURES,
  ...HOST_FAILURES,
  ...PLANNER_FAILURES,
  ...PLUGIN_FAILURES,
  ...POLICY_FAILURES,
  ...PROBATION_FAILURES,
  ...PROXY_FAILURES,
  ...PUBLISHER_FAILURES,
  ...SERVICE_FAILURES,
  ...STATE_FAILURES,
  ...SURICATA_FAILURES,
  ...TRANSFER_FAILURES,
  ...TRUST_FAILURES,
  ...UNPACK_FAILURES,
} as const satisfies Record<string, FailureRow>;

export type Why = keyof typeof FAILURES;
type SlotsOf<W extends Why> = Slots<(typeof FAILURES)[W]['text']> | Slots<(typeof FAILURES)[W]['remedy']>;

/** A failure carries data; prose is made at the edge by `failureText` and `failureRemedy`. `detail` is evidence (stderr, a cause). */
export type Failure = {
  readonly why: Why;
  readonly data: Readonly<Record<string, string | number>>;
  readonly detail?: string;
};

/** Builds a failure; every `{slot}` of its row must be given. */
export function failure<W extends Why>(why: W, data: Readonly<Record<SlotsOf<W>, string | number>>, detail?: string): Failure {
  return detail === undefined ? { why, data } : { why, data, detail };
}

/** `failed(failure(…))`, the usual way to return one. */
export function fail<W extends Why>(why: W, data: Readonly<Record<SlotsOf<W>, string | number>>, detail?: string): Failed<Failure> {
  return failed(failure(why, data, detail));
}

export const failureCode = (f: Failure): CodeName => FAILURES[f.why].code;
export const failureExit = (f: Failure): ExitCode => CODES[FAILURES[f.why].code];
export const failureText = (f: Failure): string => fill(FAILURES[f.why].text, f.data);
export const failureRemedy = (f: Failure): string => fill(FAILURES[f.why].remedy, f.data);
