import { flag, group, list, oneOf, optional, parseShape, pathText, text } from '../formats/shape.ts';
import { readJson } from '../formats/json.ts';
import { CONTENT_TYPES, type ContentType, type ControlAsk, fail, type Failure, ok, type Outcome, type RegistrationRequest, unreachable } from '../model/index.ts';

/** Work on content, whose result is `glued.run/1`. */
export type CycleAsk =
  | {
      readonly kind: 'run';
      readonly contentTypes: readonly ContentType[];
      readonly components: readonly string[];
      readonly force: 'yes' | 'no';
      readonly mode: 'run' | 'dry-run';
    }
  | { readonly kind: 'rollback'; readonly component: string };

/** A change of the registry, whose result is `glued.registry/1`. */
export type RegistryAsk =
  | { readonly kind: 'registry-add'; readonly request: RegistrationRequest; readonly existing: 'refuse' | 'adopt' }
  | { readonly kind: 'registry-remove'; readonly component: string };

/** What the daemon can be asked to do. */
export type Ask = CycleAsk | RegistryAsk;

const ID = text({ max: 64, match: /^[a-z][a-z0-9._-]*$/, allowed: "a component's id" });
const NAMES = 100;

const RUN = group({
  content: optional(list(oneOf(CONTENT_TYPES), NAMES)),
  components: optional(list(ID, NAMES)),
  force: optional(flag),
  dryRun: optional(flag),
});
const ROLLBACK = group({ component: ID });
/** Texts as they were typed: whether they can be a registration is judged in one place, when it is the command's turn. */
const REGISTRY_ADD = group({
  component: text(),
  type: text(),
  plugin: text(),
  path: text(),
  channel: optional(text()),
  name: optional(text()),
  set: optional(list(text({ max: 5000 }), NAMES)),
  adopt: optional(flag),
});
const REGISTRY_REMOVE = group({ component: text() });
const CANCEL = group({ commandId: optional(text({ max: 40, match: /^[0-9a-f-]+$/, allowed: 'the id of a command' })) });

/** The body of POST /v1/run. No body at all asks for everything. */
export function parseRun(body: Uint8Array): Outcome<Ask, Failure> {
  const parsed = parse(body, RUN);
  if (!parsed.ok) return parsed;
  const { content = [], components = [], force = false, dryRun = false } = parsed.value;
  return ok({ kind: 'run', contentTypes: content, components, force: force ? 'yes' : 'no', mode: dryRun ? 'dry-run' : 'run' });
}

/** The body of POST /v1/rollback. */
export function parseRollback(body: Uint8Array): Outcome<Ask, Failure> {
  const parsed = parse(body, ROLLBACK);
  return parsed.ok ? ok({ kind: 'rollback', component: parsed.value.component }) : parsed;
}

/** The body of POST /v1/registry/add: the options of the command line, by their names. */
export function parseRegistryAdd(body: Uint8Array): Outcome<Ask, Failure> {
  const parsed = parse(body, REGISTRY_ADD);
  if (!parsed.ok) return parsed;
  const { component, plugin, path, set = [], adopt = false, ...same } = parsed.value;
  return ok({ kind: 'registry-add', request: { ...same, id: component, plugIn: plugin, installPath: path, settings: set }, existing: adopt ? 'adopt' : 'refuse' });
}

/** The body of POST /v1/registry/remove. */
export function parseRegistryRemove(body: Uint8Array): Outcome<Ask, Failure> {
  const parsed = parse(body, REGISTRY_REMOVE);
  return parsed.ok ? ok({ kind: 'registry-remove', component: parsed.value.component }) : parsed;
}

/** The body of POST /v1/cancel: one command, or the one that runs now. */
export function parseCancel(body: Uint8Array): Outcome<{ readonly commandId?: string }, Failure> {
  return parse(body, CANCEL);
}

/** The request that asks for it: what the parsers above read. */
export function requestOf(ask: Ask): Pick<ControlAsk, 'method' | 'target' | 'body'> {
  const post = (target: string, body: object) => ({ method: 'POST', target, body: JSON.stringify(body) }) as const;
  switch (ask.kind) {
    case 'run':
      return post('/v1/run', { content: ask.contentTypes, components: ask.components, force: ask.force === 'yes', dryRun: ask.mode === 'dry-run' });
    case 'rollback':
      return post('/v1/rollback', { component: ask.component });
    case 'registry-add': {
      const { id, plugIn, installPath, settings, ...same } = ask.request;
      return post('/v1/registry/add', { component: id, ...same, plugin: plugIn, path: installPath, set: settings, adopt: ask.existing === 'adopt' });
    }
    case 'registry-remove':
      return post('/v1/registry/remove', { component: ask.component });
    default:
      return unreachable(ask);
  }
}

/** A document from outside, or a failure that names every key that is wrong. */
function parse<T>(body: Uint8Array, shape: Parameters<typeof parseShape<T>>[0]): Outcome<T, Failure> {
  const json = body.length === 0 ? ok({ value: {} }) : readJson(body);
  if (!json.ok) {
    const [first] = json.failure;
    return fail('control-request', { problem: `the body is no JSON (line ${first?.line ?? 1}): ${first?.found ?? 'something else'}` });
  }
  const parsed = parseShape(shape, json.value.value);
  if ('value' in parsed) return ok(parsed.value);
  const problem = parsed.problems.map(({ path, found, allowed }) => `${pathText(path)} is ${found}, allowed is ${allowed}`).join('; ');
  return fail('control-request', { problem });
}
