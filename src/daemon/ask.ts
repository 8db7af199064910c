import { flag, group, list, oneOf, optional, parseShape, pathText, text } from '../formats/shape.ts';
import { readJson } from '../formats/json.ts';
import { CONTENT_TYPES, type ContentType, fail, type Failure, ok, type Outcome } from '../model/index.ts';

/** What the daemon can be asked to do. */
export type Ask =
  | {
      readonly kind: 'run';
      readonly contentTypes: readonly ContentType[];
      readonly components: readonly string[];
      readonly force: 'yes' | 'no';
      readonly mode: 'run' | 'dry-run';
    }
  | { readonly kind: 'rollback'; readonly component: string };

const ID = text({ max: 64, match: /^[a-z][a-z0-9._-]*$/, allowed: "a component's id" });
const NAMES = 100;

const RUN = group({
  content: optional(list(oneOf(CONTENT_TYPES), NAMES)),
  components: optional(list(ID, NAMES)),
  force: optional(flag),
  dryRun: optional(flag),
});
const ROLLBACK = group({ component: ID });
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

/** The body of POST /v1/cancel: one command, or the one that runs now. */
export function parseCancel(body: Uint8Array): Outcome<{ readonly commandId?: string }, Failure> {
  return parse(body, CANCEL);
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
