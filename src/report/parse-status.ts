import { flag, group, integer, list, numberIn, oneOf, optional, parseShape, pathText, type Shape, text } from '../formats/shape.ts';
import { CODES, type CodeName, type ComponentResult, failed, ok, type Outcome, RESTARTS, type RunDocument, type StatusDocument } from '../model/index.ts';

/** status.json, read back. It is our own, but anything may have happened to it; keys that a newer agent wrote are no problem. */

function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value, path, problems) => (value === null ? null : shape(value, path, problems));
}

function keysOf<K extends string>(table: Readonly<Record<K, unknown>>): Shape<K> {
  const isKey = (value: unknown): value is K => typeof value === 'string' && Object.hasOwn(table, value);
  return (value, path, problems) => {
    if (isKey(value)) return value;
    problems.push({ path, found: typeof value, allowed: Object.keys(table).join(', ') });
    return undefined;
  };
}

const line = text({ max: 65_536 });
const count = integer(0);
const anyNumber = numberIn(-Number.MAX_VALUE, Number.MAX_VALUE);
const codeName: Shape<CodeName> = keysOf(CODES);
const action = oneOf(['updated', 'current', 'skipped', 'deferred', 'failed', 'rolled-back']);

const versionRef = group({ version: line, sequence: count, date: line }, 'ignore');
const reason = group(
  { code: line, text: line, policyKey: optional(line), source: optional(line), until: optional(line), remedy: optional(line) },
  'ignore',
);

const component: Shape<ComponentResult> = group(
  {
    id: line,
    name: line,
    contentType: line,
    before: nullable(versionRef),
    after: nullable(versionRef),
    available: nullable(versionRef),
    loaded: nullable(line),
    action,
    reason: nullable(reason),
    via: oneOf(['full', 'delta', 'cache', 'none']),
    bytes: group({ downloaded: count, full: count }, 'ignore'),
    freshness: nullable(group({ contentDate: line, ageHours: anyNumber, maxAgeHours: anyNumber, stale: flag }, 'ignore')),
    rollout: nullable(group({ bucket: anyNumber, percent: anyNumber }, 'ignore')),
    probation: nullable(group({ until: line }, 'ignore')),
    restart: oneOf(RESTARTS),
    stages: list(group({ stage: line, ms: anyNumber, outcome: line }, 'ignore')),
  },
  'ignore',
);

const error = group(
  { code: count, name: codeName, component: optional(line), stage: line, text: line, remedy: line, detail: optional(line) },
  'ignore',
);
const delivery = group({ delivered: flag, queued: count, lastError: nullable(line) }, 'ignore');
const trust = group({ expiresAt: nullable(line) }, 'ignore');
const next = group({ at: nullable(line) }, 'ignore');

const run: Shape<RunDocument> = group(
  {
    schema: oneOf(['glued.run/1']),
    runId: line,
    agent: group({ version: line, runtime: line, os: line, arch: line }, 'ignore'),
    host: group({ id: line, name: line }, 'ignore'),
    trigger: line,
    startedAt: line,
    finishedAt: line,
    dryRun: optional(flag),
    outcome: oneOf(['updated', 'current', 'deferred', 'partial', 'failed']),
    code: count,
    codeName,
    policy: group(
      {
        id: nullable(line),
        version: nullable(anyNumber),
        digest: nullable(line),
        sources: list(group({ path: line, trusted: flag }, 'ignore')),
        ignoredKeys: list(line),
      },
      'ignore',
    ),
    server: group({ url: nullable(line), tried: list(group({ url: line, error: line }, 'ignore')) }, 'ignore'),
    rounds: count,
    components: list(component),
    restart: oneOf(RESTARTS),
    errors: list(error),
    notes: list(line),
    report: delivery,
    trust,
    next,
  },
  'ignore',
);

const history = group(
  { at: line, runId: line, version: nullable(line), sequence: nullable(count), action, code: count },
  'ignore',
);

const status: Shape<StatusDocument> = group(
  {
    schema: oneOf(['glued.status/1']),
    writtenAt: line,
    health: oneOf(['ok', 'degraded', 'failed']),
    summary: line,
    last: nullable(run),
    components: list(
      group(
        { id: line, lastAttempt: nullable(line), lastSuccess: nullable(line), installed: nullable(versionRef), history: list(history) },
        'ignore',
      ),
    ),
    next,
    trust,
    report: delivery,
  },
  'ignore',
);

/** The document, or its first problem in words: `last.code: found number -1, allowed …`. */
export function parseStatus(value: unknown): Outcome<StatusDocument, string> {
  const parsed = parseShape(status, value);
  if ('value' in parsed) return ok(parsed.value);
  const first = parsed.problems[0];
  return failed(first === undefined ? 'it is no status document' : `${pathText(first.path)}: found ${first.found}, allowed ${first.allowed}`);
}
