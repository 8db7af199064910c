import { readJsonText } from '../../../formats/json.ts';
import { group, list, parseShape, type Shape, text } from '../../../formats/shape.ts';
import { CODES, type Component, type HistoryEntry, type Installed, type RunDocument } from '../../../model/index.ts';

/** What a new agent must say of this machine. */
export type Expected = {
  /** the release's */
  readonly version: string;
  readonly hostId: string;
  /** all that are registered, with what is installed of each */
  readonly components: readonly Pick<Component, 'id' | 'installed'>[];
};

/** Failures of a whole run that speak against the agent that made it, on a machine whose own agent has just run well. */
const ITS_OWN: ReadonlySet<number> = new Set<number>([CODES.internal, CODES['policy-missing'], CODES['policy-invalid'], CODES['policy-untrusted'], CODES.locked, CODES.state, CODES.usage, CODES.interrupted]);

/** What is wrong with a run's document, as a phrase; undefined where it says what it must. A component's own failure is its own matter. */
export function runProblem(document: RunDocument, expected: Expected): string | undefined {
  const { agent, host, errors, components } = document;
  if (agent.version !== expected.version) return `its document says that glued ${agent.version} ran, and its release says ${expected.version}`;
  if (host.id !== expected.hostId) return 'it takes this machine for another one (its document has another host.id)';
  const own = errors.find((e) => e.component === undefined && ITS_OWN.has(e.code));
  if (own !== undefined) return `its run failed with ${own.code} (${own.name}): ${own.text}`;
  for (const { id, installed } of expected.components) {
    const found = components.find((c) => c.id === id);
    if (found === undefined) return `it forgot the component ${id}`;
    const isSame = found.before?.sequence === installed?.sequence && found.before?.version === installed?.version;
    if (!isSame) return `it takes ${id} for ${nameOf(found.before)}, and ${nameOf(installed)} is installed`;
  }
  return undefined;
}

const nameOf = (one: Pick<Installed, 'version' | 'sequence'> | null | undefined): string => (one === null || one === undefined ? 'nothing' : `${one.version} (${one.sequence})`);

const HISTORY: Shape<{ readonly components: readonly { readonly id: string; readonly history: readonly { readonly runId: string }[] }[] }> = group(
  { components: list(group({ id: text(), history: list(group({ runId: text() }, 'ignore')) }, 'ignore')) },
  'ignore',
);

/** What an agent's `history --json` lacks of what is known, as a phrase: the newest run of each component must be its first. */
export function forgottenHistory(stdout: string, known: ReadonlyMap<string, readonly HistoryEntry[]>): string | undefined {
  const read = readJsonText(stdout);
  const parsed = read.ok ? parseShape(HISTORY, read.value.value) : undefined;
  if (parsed === undefined || !('value' in parsed)) return 'it printed no glued.history/1 document';
  const told = new Map(parsed.value.components.map((c) => [c.id, c.history[0]?.runId]));
  const lost = [...known].find(([id, [newest]]) => newest !== undefined && told.get(id) !== newest.runId);
  return lost === undefined ? undefined : `it forgot the history of ${lost[0]}`;
}
