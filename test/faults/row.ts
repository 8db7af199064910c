import type { Act, Answer, Seen } from '../support/fault-server.ts';
import type { ObjectKind } from '../support/faulty-repository.ts';

/** What a fault may use beside the repository's good answer. */
export type Given = {
  /** the newest file of a kind, of a component, as one of three publishes has it */
  readonly file: (publish: 'older' | 'served' | 'later', kind: ObjectKind, of?: 'demo' | 'other') => Uint8Array;
  /** another origin, where the whole repository is served as it should be */
  readonly elsewhere: string;
};
export type Fault = (good: Answer, given: Given, request: Seen, n: number) => Answer;

/** How a run ends, whose only server has the fault. */
export type Alone = {
  readonly code: number;
  /** the true cause, in the run's own words; where the run is good, nothing need be said */
  readonly says?: RegExp;
  /** requests at the faulty server, all in all */
  readonly requests: number;
  /** a server that asks us to wait puts the component off */
  readonly action?: 'failed' | 'deferred';
};

/** One named fault: where it sits, what it does, and all that must come of it. */
export type Row = {
  readonly name: string;
  readonly on: ObjectKind;
  /** which requests for such an object meet it, counted from 1; all where it is not given */
  readonly only?: readonly number[];
  readonly fault?: Fault;
  /** done to every connection, in place of listening */
  readonly accepted?: readonly Act[];
  /** the certificate that the server shows; the policy names its authority unless it is `unknown` */
  readonly tls?: 'good' | 'expired' | 'elsewhere' | 'unknown';
  /** the address is of the other kind than the server */
  readonly speak?: 'https to a plain port' | 'http to a port of TLS';
  readonly alone: Alone;
  /**
   * What the second, good server is for. 'saves': the run is as good as without the fault, and tells what the first one did. 'older': it
   * is behind what the first one has proven, and therefore refused (7).
   */
  readonly second: 'saves' | 'not needed' | 'older';
  /** requests at the faulty server where a second one is there; as alone where it is not given */
  readonly requestsWithSecond?: number;
  /** what a first run at this very server finds, before it is faulty: its tags are known then, and what it gave */
  readonly warm?: 'older' | 'served';
  /** installed at the end of a run whose only server it is; else what the code says: 2.0 for 0, 1.0 for the rest */
  readonly after?: '1.0' | '2.0';
  /** bytes that the faulty server may have got rid of, over all answers */
  readonly maxSent?: number;
  /** download.timeoutSeconds: short where the fault is silence, else long, so that a busy machine is not taken for one */
  readonly timeoutSeconds?: number;
  /** takes long by itself (the minimum rate is taken over half a minute): begun first */
  readonly slow?: true;
};

/** Both ways of writing a head; the body follows as it is. */
export const head = (status: string, headers: readonly string[]): string => [`HTTP/1.1 ${status}`, ...headers, '', ''].join('\r\n');
/** The repository's answer with another status, headers beside its own, or another body. */
export const change = (to: Partial<Answer>): Fault => (good) => ({ ...good, ...to, headers: [...(good.headers ?? []), ...(to.headers ?? [])] });
/** No HTTP, but these steps. */
export const acts = (...steps: readonly Act[]): Fault => () => ({ acts: steps });
/** A raw head, then the repository's own body, then the end. */
export const headed = (status: string, ...headers: readonly (string | ((good: Answer) => readonly string[]))[]): Fault => (good) => ({
  acts: [{ write: head(status, headers.flatMap((h) => (typeof h === 'string' ? [h] : h(good)))) }, { write: good.body ?? '' }, 'end'],
});
/** An answer without the repository's. */
export const answer = (given: Answer): Fault => () => given;
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The requests of a run that finds a new release and new targets, up to and with the first for such an object. */
export const UPTO = { root: 1, timestamp: 2, snapshot: 3, targets: 4, role: 5, catalog: 6, package: 7 } as const satisfies Record<ObjectKind, number>;
/** Three tries of the package, in place of one. */
export const THREE_TRIES = UPTO.package + 2;

/**
 * A row whose server is passed over, and the second one saves the run. Packages are asked for in the policy's order whoever gave the
 * metadata, for their hash is signed: so a server whose metadata was bad is asked once more, for the package.
 */
export function refused(on: ObjectKind, name: string, fault: Fault, code: number, says: RegExp, more: Partial<Row> = {}): Row {
  const alone = more.alone ?? { code, says, requests: UPTO[on] };
  return { name, on, fault, second: 'saves', requestsWithSecond: alone.requests + (on === 'package' ? 0 : 1), ...more, alone };
}

/** A row that the run does not mind: release 2 is installed from this very server. */
export function borne(on: ObjectKind, name: string, fault: Fault, more: Partial<Row> = {}): Row {
  return { name, on, fault, alone: { code: 0, requests: UPTO.package }, second: 'not needed', ...more };
}
