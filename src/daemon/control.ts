import { type ControlReply, type ControlRequest, fail, type Failure, type Outcome, type StatusDocument } from '../model/index.ts';
import { errorDocument } from '../report/index.ts';
import { type Ask, parseCancel, parseRegistryAdd, parseRegistryRemove, parseRollback, parseRun } from './ask.ts';
import type { Events } from './events.ts';
import type { Command } from './queue.ts';

/** What the socket's requests lead to. */
export type Desk = {
  readonly status: () => StatusDocument;
  readonly queue: (ask: Ask) => Outcome<Command, Failure>;
  /** the id of the command that is stopped, or undefined where there is none such */
  readonly cancel: (id: string | undefined) => string | undefined;
  readonly events: Events;
};

type Method = 'GET' | 'POST';
type Route = (desk: Desk, request: ControlRequest) => ControlReply;

/** Every address of version 1. */
const ROUTES = {
  '/v1/status': { method: 'GET', answer: (desk) => json(200, desk.status()) },
  '/v1/events': { method: 'GET', answer: events },
  '/v1/run': { method: 'POST', answer: (desk, { body }) => queued(desk, parseRun(body)) },
  '/v1/rollback': { method: 'POST', answer: (desk, { body }) => queued(desk, parseRollback(body)) },
  '/v1/registry/add': { method: 'POST', answer: (desk, { body }) => queued(desk, parseRegistryAdd(body)) },
  '/v1/registry/remove': { method: 'POST', answer: (desk, { body }) => queued(desk, parseRegistryRemove(body)) },
  '/v1/cancel': { method: 'POST', answer: cancel },
} as const satisfies Readonly<Record<string, { readonly method: Method; readonly answer: Route }>>;

/** Answers one request. Never throws for what a client sends. */
export function answer(desk: Desk, request: ControlRequest): ControlReply {
  const path = request.target.split('?')[0] ?? '';
  const route = Object.entries(ROUTES).find(([address]) => address === path)?.[1];
  if (route === undefined) return refusal(404, `there is no ${printablePath(path)}; version 1 has ${Object.keys(ROUTES).join(', ')}`);
  if (request.method !== route.method) return { ...refusal(405, `${path} is asked with ${route.method}`), headers: { ...HEADERS, Allow: route.method } };
  if (request.target.includes('?')) return refusal(400, `${path} takes no query`);
  return route.answer(desk, request);
}

const HEADERS = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' } as const;

function json(status: number, document: object): ControlReply {
  return { status, headers: HEADERS, body: `${JSON.stringify(document)}\n` };
}

const printablePath = (path: string): string => JSON.stringify(path.slice(0, 80));

function refusal(status: number, problem: string): ControlReply {
  return refused(status, fail('control-request', { problem }).failure);
}

function refused(status: number, why: Failure): ControlReply {
  return json(status, errorDocument(why));
}

function queued(desk: Desk, asked: Outcome<Ask, Failure>): ControlReply {
  if (!asked.ok) return refused(400, asked.failure);
  const command = desk.queue(asked.value);
  return command.ok ? json(202, { commandId: command.value.id }) : refused(503, command.failure);
}

function cancel(desk: Desk, { body }: ControlRequest): ControlReply {
  const asked = parseCancel(body);
  if (!asked.ok) return refused(400, asked.failure);
  const { commandId } = asked.value;
  const stopped = desk.cancel(commandId);
  if (stopped !== undefined) return json(200, { commandId: stopped });
  return refusal(404, commandId === undefined ? 'no command runs now' : `no command ${commandId} runs or waits`);
}

function events(desk: Desk, { headers }: ControlRequest): ControlReply {
  const last = headers['last-event-id'];
  if (last !== undefined && !/^\d{1,15}$/.test(last)) return refusal(400, 'Last-Event-ID is a whole number');
  return {
    status: 200,
    headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' },
    body: (to) => desk.events.follow(to, last === undefined ? undefined : Number(last)),
  };
}
