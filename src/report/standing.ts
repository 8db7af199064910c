import type { ComponentResult, Instant, PendingRestart, ResultError, SetAside, StatusDocument } from '../model/index.ts';
import { isIntended, needsSomeone, stillFailed } from './health.ts';
import { printable } from './sanitize.ts';

/** What a status is read against: the clock, and the boot that the machine is in (undefined: not known). */
export type Moment = { readonly now: Instant; readonly bootId: string | undefined };

/** How the machine stands now, which may be worse than when status.json was written: content grows old without a run. */
export type Standing = {
  /** unknown: no run was made yet, or what was written of it cannot be read */
  readonly health: StatusDocument['health'] | 'unknown';
  /** one line for a person, safe on a terminal: `All well: 3 components current, checked 12 minutes ago, next run 14:20 UTC.` */
  readonly line: string;
  /** the restarts that have not happened since */
  readonly restarts: readonly PendingRestart[];
};

/** Is all well, and if not, what first? */
export function standingOf(status: StatusDocument, moment: Moment): Standing {
  const restarts = status.restarts.filter((r) => r.bootId === null || moment.bootId === undefined || r.bootId === moment.bootId);
  const said = (health: Standing['health'], line: string): Standing => ({ health, line: printable(line), restarts });
  if (status.last === null) return said('unknown', `Not known: ${status.summary}`);
  const [first, ...others] = troublesOf(status, moment.now);
  if (first === undefined && status.health === 'ok') return said('ok', allWell(status, restarts, moment.now));
  const health = status.health === 'ok' ? 'degraded' : status.health;
  const more = others.length === 0 ? '' : `; ${others.length} more in trouble`;
  return said(health, `Not well: ${first ?? clause(status.summary)}${more}.`);
}

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

/** Hours between a component's content and now; undefined where none is installed. */
export function ageHoursOf({ freshness }: ComponentResult, now: Instant): number | undefined {
  return freshness === null ? undefined : (now - Date.parse(freshness.contentDate)) / HOUR_MS;
}

/** Too old by now, and not left alone on purpose. */
export function isStale(c: ComponentResult, now: Instant): boolean {
  return !isIntended(c) && c.freshness !== null && (ageHoursOf(c, now) ?? 0) > c.freshness.maxAgeHours;
}

/** A clause for each, the worst first: the whole run's, what failed, what is too old, what waits for somebody, what is set aside. */
function troublesOf({ last, components }: StatusDocument, now: Instant): readonly string[] {
  if (last === null) return [];
  const before = stillFailed(last, components).map(({ id, code, at }) => `${id} failed ${agoText(now - Date.parse(at))} (code ${code}), and was not tried again; see glued explain ${id}`);
  const whole = last.errors.find((e) => e.component === undefined);
  const inTrouble = last.components.filter((c) => hasFailed(c, last.errors) || isStale(c, now) || needsSomeone(c));
  const rank = (c: ComponentResult): number => (hasFailed(c, last.errors) ? 0 : isStale(c, now) ? 1 : 2);
  const told = [...inTrouble].sort((a, b) => rank(a) - rank(b)).map((c) => troubleOf(c, last.errors, whole, now));
  const untold = last.errors.filter((e) => !inTrouble.some((c) => e === (errorOf(c, last.errors) ?? whole)));
  return [...untold.filter((e) => e === whole).map(errorText), ...told, ...before, ...untold.filter((e) => e !== whole).map(errorText), ...(last.setAside ?? []).map(setAsideText)];
}

/** It failed, or went back because of an error: a rollback that somebody asked for has none. */
export const hasFailed = (c: ComponentResult, errors: readonly ResultError[]): boolean => c.action === 'failed' || (c.action === 'rolled-back' && errorOf(c, errors) !== undefined);
const errorOf = ({ id }: ComponentResult, errors: readonly ResultError[]): ResultError | undefined => errors.find((e) => e.component === id);
const errorText = (e: ResultError): string => `${e.component === undefined ? '' : `${e.component}: `}${clause(e.text)} (code ${e.code})`;

const setAsideText = ({ id, path }: SetAside): string => `${id} is not updated: its registration is set aside, and ${path}.reason.txt says why`;

function troubleOf(c: ComponentResult, errors: readonly ResultError[], whole: ResultError | undefined, now: Instant): string {
  const error = errorOf(c, errors) ?? (hasFailed(c, errors) ? whole : undefined);
  const cause = error === undefined ? (c.reason === null ? '' : clause(c.reason.text)) : `${clause(error.text)} (code ${error.code})`;
  const state = isStale(c, now) ? `is ${ageText(ageHoursOf(c, now) ?? 0)} old` : hasFailed(c, errors) ? 'failed' : 'is not kept current';
  return `${c.id} ${state}${cause === '' ? '' : `: ${cause}`}; see glued explain ${c.id}`;
}

/** The longest clause that still is part of a line. */
const MAX_CLAUSE = 160;

/** The first sentence, without its end. */
function clause(text: string): string {
  const [sentence = ''] = text.split(/(?<=[.:]) (?=[A-Z])|\n/);
  const bare = sentence.replace(/[.:\s]+$/, '');
  return bare.length > MAX_CLAUSE ? `${bare.slice(0, MAX_CLAUSE)}...` : bare;
}

function allWell({ last, next, components: registered }: StatusDocument, restarts: readonly PendingRestart[], now: Instant): string {
  const components = last?.components ?? [];
  const rest = (['deferred', 'skipped'] as const).flatMap((action) => {
    const count = components.filter((c) => c.action === action).length;
    return count === 0 ? [] : [`${count} ${action}`];
  });
  const away = components.filter((c) => c.action === 'deferred' || c.action === 'skipped').length;
  // a rollback, or a recovery, speaks of some only
  const current = Math.max(components.length, registered.length) - away;
  const parts = [
    current + away === 0 ? 'no component is registered' : [`${current} ${current === 1 ? 'component' : 'components'} current`, ...rest].join(', '),
    `${last?.server.url === null ? 'last run' : 'checked'} ${agoText(now - Date.parse(last?.finishedAt ?? ''))}`,
    ...nextText(Date.parse(next.at ?? ''), now),
  ];
  const waiting = restarts.map((r) => `${r.id} ${r.version} waits for a ${r.kind}`);
  return `All well: ${parts.join(', ')}${waiting.length === 0 ? '' : `; ${waiting.join(', ')}`}.`;
}

/** NaN: nobody knows. */
function nextText(at: Instant, now: Instant): readonly string[] {
  if (Number.isNaN(at)) return [];
  if (at <= now) return ['next run due'];
  const [day = '', time = ''] = new Date(at).toISOString().split('T');
  const isToday = day === new Date(now).toISOString().slice(0, 10);
  return [`next run ${isToday ? '' : `${day} `}${time.slice(0, 5)} UTC`];
}

const counted = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'}`;

/** `3 days`, `5 hours`. */
function ageText(hours: number): string {
  return hours >= 2 * DAY_HOURS ? counted(Math.floor(hours / DAY_HOURS), 'day') : counted(Math.floor(hours), 'hour');
}

/** `just now`, `12 minutes ago`; a clock that was set back gives `just now`. */
function agoText(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (Number.isNaN(minutes) || minutes < 1) return 'just now';
  return `${minutes < 120 ? counted(minutes, 'minute') : ageText(minutes / 60)} ago`;
}
