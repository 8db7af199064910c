/** Located files, and the registry's values, as checked leaves with their lines; what is wrong with each goes to `problems`. */
import { MAX_PROBLEMS } from '../formats/document.ts';
import { type PolicyDocument, readDocument } from '../formats/documents.ts';
import { pathText } from '../formats/shape.ts';
import { type Failure, ok, type Outcome, type PolicyProblem, type Ports } from '../model/index.ts';
import { checkDocument, type KeyPath, type SourceType } from './check.ts';
import type { Located } from './locate.ts';
import type { SourceLeaves } from './merge.ts';
import { problemOf } from './problems.ts';
import { POLICY, POLICY_SCHEMA } from './table.ts';

/** One source that could be read. `label` is its path as readers see it. */
export type Document = Pick<PolicyDocument, 'value' | 'lineOf' | 'lines'> & { readonly path: string; readonly label: string; readonly typed: SourceType };

/** Every file of a known format; one that cannot be read is only a problem. */
export async function readAll(located: Located, problems: PolicyProblem[]): Promise<Document[]> {
  const documents: Document[] = [];
  for (const { path, label, bytes } of located.files) {
    const read = await readDocument(bytes, path);
    if (read.ok) documents.push({ path, label, ...read.value });
    else problems.push(...read.failure.map((problem) => problemOf(path, problem)));
  }
  return documents;
}

/** What the registry says below `key`: one document, or none. */
export async function registryDocument(ports: Pick<Ports, 'proc' | 'os'>, key: string): Promise<Outcome<readonly Document[], Failure>> {
  const { readRegistryPolicy } = await import('./windows-registry.ts');
  const value = await readRegistryPolicy(ports, key);
  if (!value.ok) return value;
  const document: Document = { path: key, label: `[managed] ${key}`, typed: 'registry', value: value.value, lineOf: () => undefined, lines: 'none' };
  return ok(value.value === undefined ? [] : [document]);
}

/** The last `schema` that a file states; text is what XML and the registry have. */
export function statedSchema(documents: readonly Document[]): number {
  let stated = POLICY_SCHEMA;
  for (const { value } of documents) {
    const schema: unknown = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
    const number = typeof schema === 'string' && /^[1-9]\d{0,6}$/.test(schema) ? Number(schema) : schema;
    if (typeof number === 'number' && Number.isSafeInteger(number)) stated = number;
  }
  return stated;
}

/** One document against the table. */
export function checkOne(document: Document, unknown: 'refuse' | 'ignore', problems: PolicyProblem[], ignored: Set<string>): SourceLeaves {
  const checked = checkDocument(POLICY, document.value, { typed: document.typed, unknown });
  for (const problem of checked.problems.slice(0, MAX_PROBLEMS)) problems.push(problemOf(document.path, { ...problem, ...lineOf(document, problem.path) }));
  for (const path of checked.ignored) ignored.add(pathText(path));
  const leaves = checked.leaves.map((leaf) => (document.lines === 'known' ? { ...leaf, line: () => lineOf(document, leaf.path).line ?? 1 } : leaf));
  return { label: document.label, leaves };
}

/** The line of a key, or of the nearest group above it (a key that is missing has none). */
function lineOf(document: Document, path: KeyPath): { readonly line?: number } {
  for (let length = path.length; length >= 0; length--) {
    const line = document.lineOf(path.slice(0, length));
    if (line !== undefined) return { line };
  }
  return {};
}
