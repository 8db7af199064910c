/** From the places on disk to one checked policy that can explain itself, or to everything that is wrong with it. */
import { isAbsolute, resolve } from 'node:path';
import { type PolicyDocument, readDocument } from '../formats/documents.ts';
import { parseShape, pathText } from '../formats/shape.ts';
import { fail, failed, type Failure, type LoadedPolicy, ok, type Outcome, type Policy, type Ports } from '../model/index.ts';
import { checkDocument, type Leaf, type SourceType } from './check.ts';
import { policyDigest } from './digest.ts';
import type { Key, Plain } from './keys.ts';
import { locate, type Located, locateAt } from './locate.ts';
import { merge, type Merged, type SourceLeaves } from './merge.ts';
import { type Places, placesOf } from './places.ts';
import { invalid, type PolicyProblem, problemOf } from './problems.ts';
import { readTrustRoot } from './root-file.ts';
import { acrossKeys } from './rules.ts';
import { exposedSecret } from './secrets.ts';
import { POLICY, POLICY_SCHEMA } from './table.ts';
import type { TrustCheck } from './trust.ts';

export type PolicyPorts = Pick<Ports, 'files' | 'os' | 'proc'>;
export type LoadOptions = {
  /** `--policy PATH`: a file or folder that replaces every place */
  readonly policyPath?: string;
  readonly trustCheck: TrustCheck;
  /** the machine's places, where they are not the usual ones (tests) */
  readonly places?: Places;
};

/** What is wrong: one failure for a run, and each problem for `policy check` (none where a file could not be believed or read). */
export type Refused = { readonly failure: Failure; readonly problems: readonly PolicyProblem[] };

type Document = Pick<PolicyDocument, 'value' | 'lineOf' | 'lines'> & { readonly path: string; readonly label: string; readonly typed: SourceType };

/** The effective policy of this machine, or the one failure that says why there is none. */
export async function loadPolicy(ports: PolicyPorts, options: LoadOptions): Promise<Outcome<LoadedPolicy, Failure>> {
  const examined = await examinePolicy(ports, options);
  return examined.ok ? examined : failed(examined.failure.failure);
}

/** The same, with every problem by itself. */
export async function examinePolicy(ports: PolicyPorts, options: LoadOptions): Promise<Outcome<LoadedPolicy, Refused>> {
  const places = options.places ?? placesOf(ports.os);
  const path = options.policyPath === undefined ? undefined : absolute(ports, options.policyPath);
  const located = path === undefined ? locate(ports, places, options.trustCheck) : locateAt(ports, path, options.trustCheck);
  if (!located.ok) return refused(located.failure);
  const problems: PolicyProblem[] = [];
  const documents = await readAll(located.value, problems);
  const managed = path === undefined && places.managedRegistry !== undefined ? await registry(ports, places.managedRegistry) : ok([]);
  if (!managed.ok) return refused(managed.failure);
  documents.push(...managed.value);
  if (documents.length === 0 && problems.length === 0) {
    const missing = fail('policy-missing', { places: path ?? Object.values(places).join(', ') });
    return refused(missing.failure);
  }
  const unknown = statedSchema(documents) > POLICY_SCHEMA ? 'ignore' : 'refuse';
  const ignored = new Set<string>();
  const sources = documents.map((document) => checkOne(document, unknown, problems, ignored));
  if (isSome(problems)) return refused(invalid(problems), problems);
  return believe(ports, located.value, documents, merge(POLICY, sources), [...ignored].sort());
}

function absolute(ports: PolicyPorts, path: string): string {
  return isAbsolute(path) ? path : resolve(ports.os.cwd, path);
}

function refused(failure: Failure, problems: readonly PolicyProblem[] = []): Outcome<never, Refused> {
  return failed({ failure, problems });
}

function isSome<T>(list: readonly T[]): list is readonly [T, ...T[]] {
  return list.length > 0;
}

async function readAll(located: Located, problems: PolicyProblem[]): Promise<Document[]> {
  const documents: Document[] = [];
  for (const { path, label, bytes } of located.files) {
    const read = await readDocument(bytes, path);
    if (read.ok) documents.push({ path, label, ...read.value });
    else problems.push(...read.failure.map((problem) => problemOf(path, problem)));
  }
  return documents;
}

async function registry(ports: PolicyPorts, key: string): Promise<Outcome<readonly Document[], Failure>> {
  const { readRegistryPolicy } = await import('./windows-registry.ts');
  const value = await readRegistryPolicy(ports, key);
  if (!value.ok) return value;
  const document: Document = { path: key, label: `[managed] ${key}`, typed: 'registry', value: value.value, lineOf: () => undefined, lines: 'none' };
  return ok(value.value === undefined ? [] : [document]);
}

/** The last `schema` that a file states; text is what XML and the registry have. */
function statedSchema(documents: readonly Document[]): number {
  let stated = POLICY_SCHEMA;
  for (const { value } of documents) {
    const schema: unknown = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
    const number = typeof schema === 'string' && /^[1-9]\d{0,6}$/.test(schema) ? Number(schema) : schema;
    if (typeof number === 'number' && Number.isSafeInteger(number)) stated = number;
  }
  return stated;
}

function checkOne(document: Document, unknown: 'refuse' | 'ignore', problems: PolicyProblem[], ignored: Set<string>): SourceLeaves {
  const checked = checkDocument(POLICY, document.value, { typed: document.typed, unknown });
  for (const problem of checked.problems) problems.push(problemOf(document.path, { ...problem, ...lineOf(document, problem.path) }));
  for (const path of checked.ignored) ignored.add(pathText(path));
  const leaves = checked.leaves.map((leaf) => (document.lines === 'known' ? { ...leaf, line: () => lineOf(document, leaf.path).line ?? 1 } : leaf));
  return { label: document.label, leaves };
}

/** The line of a key, or of the nearest group above it (a key that is missing has none). */
function lineOf(document: Document, path: Leaf['path']): { readonly line?: number } {
  for (let length = path.length; length >= 0; length--) {
    const line = document.lineOf(path.slice(0, length));
    if (line !== undefined) return { line };
  }
  return {};
}

/** The merged values as a Policy; then what goes beyond single keys: keys that need each other, the root file, exposed secrets. */
function believe(
  ports: PolicyPorts,
  located: Located,
  documents: readonly Document[],
  merged: Merged,
  ignoredKeys: readonly string[],
): Outcome<LoadedPolicy, Refused> {
  const file = documents.at(-1)?.path ?? '';
  const parsed = parseShape(POLICY.shape, merged.tree);
  if (!('value' in parsed)) {
    const problems = parsed.problems.map((problem) => problemOf(file, problem));
    return isSome(problems) ? refused(invalid(problems), problems) : refused(invalid([nothing(file)]));
  }
  const policy: Policy = parsed.value;
  const across = acrossKeys(policy, merged.origins).map((problem) => ({ file, ...problem }));
  if (isSome(across)) return refused(invalid(across), across);
  const root = readTrustRoot(ports, policy);
  if (!root.ok) return refused(root.failure);
  for (const { key, name } of secretNames(POLICY, merged.tree, [])) {
    const exposed = exposedSecret(ports, key, name);
    if (exposed !== undefined) return refused(exposed);
  }
  const read = located.files.map(({ path, trusted }) => ({ path, trusted }));
  const managed = documents.filter((one) => one.typed === 'registry').map(({ path }) => ({ path, trusted: true }));
  const { origins, tree } = merged;
  return ok({ policy, digest: policyDigest(tree), sources: [...read, ...managed], ignoredKeys, skipped: located.skipped, origins });
}

function nothing(file: string): PolicyProblem {
  return { file, key: '(document)', found: 'nothing', allowed: 'a policy' };
}

/** Every secret file that the policy names, with its key. */
function secretNames(key: Key, value: Plain | undefined, path: Leaf['path']): readonly { readonly key: string; readonly name: string }[] {
  if (value === undefined) return [];
  if (key.kind === 'scalar') {
    const isSecret = key.type.is === 'text' && key.type.format === 'secret-file' && typeof value === 'string';
    return isSecret ? [{ key: pathText(path), name: value }] : [];
  }
  if (key.kind === 'list') return Array.isArray(value) ? value.flatMap((one: Plain, at) => secretNames(key.of, one, [...path, at])) : [];
  if (typeof value !== 'object' || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, one]) => {
    const member = key.kind === 'map' ? key.of : key.keys[name];
    return member === undefined ? [] : secretNames(member, one, [...path, name]);
  });
}
