import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Document, openEnvelope, readTargets } from '../../src/catalog/envelope.ts';
import { MAX_DELEGATIONS } from '../../src/catalog/limits.ts';
import type { Targets } from '../../src/catalog/tufjs.ts';
import { walk } from '../../src/catalog/walk.ts';

/** A role's delegations in order; `!` ends the search of its siblings, `?` is for other paths. */
type Graph = Readonly<Record<string, readonly string[]>>;

function document(role: string, graph: Graph, lists: readonly string[]): Document<Targets> {
  const roles = (graph[role] ?? []).map((name) => ({
    name: name.replace(/[!?]$/, ''),
    keyids: ['k'],
    threshold: 1,
    terminating: name.endsWith('!'),
    paths: [name.endsWith('?') ? 'elsewhere/*' : 'catalog/*'],
  }));
  const targets = lists.includes(role) ? { 'catalog/x.json': { length: 1, hashes: { sha256: 'a' } } } : {};
  const signed = { _type: 'targets', spec_version: '1.0.31', version: 1, expires: '2030-01-01T00:00:00Z', targets, delegations: { keys: {}, roles } };
  const opened = openEnvelope(role, 'a test', new TextEncoder().encode(JSON.stringify({ signed, signatures: [] })), 100_000);
  const read = opened.ok ? readTargets(opened.value) : opened;
  if (!read.ok) throw new Error(JSON.stringify(read.failure));
  return read.value;
}

/** The roles that are asked for, in order, and the one that lists the target. */
function visit(graph: Graph, lists: readonly string[] = []): { readonly asked: readonly string[]; readonly by: string | undefined } {
  const asked: string[] = [];
  const search = walk(document('targets', graph, lists), 'catalog/x.json');
  let step = search.next();
  while (step.done !== true) {
    asked.push(step.value.role);
    step = search.next(document(step.value.role, graph, lists));
  }
  return { asked, by: step.value?.by.envelope.role };
}

const CASES: readonly (readonly [string, Graph, readonly string[], readonly string[], string | undefined])[] = [
  ['the top-level role itself comes first', { targets: ['a'] }, ['targets', 'a'], [], 'targets'],
  ['roles are asked in their order, and not after the first that lists it', { targets: ['a', 'b', 'c'] }, ['b', 'c'], ['a', 'b'], 'b'],
  ['what a role delegates to comes before its siblings', { targets: ['a', 'b'], a: ['c', 'd'] }, [], ['a', 'c', 'd', 'b'], undefined],
  ['a role for other paths is not asked', { targets: ['a?', 'b'] }, ['a', 'b'], ['b'], 'b'],
  ['after a terminating role its siblings are not asked', { targets: ['a!', 'b'] }, ['b'], ['a'], undefined],
  ['a terminating role below ends the search above too', { targets: ['a', 'b'], a: ['c!', 'd'] }, ['b', 'd'], ['a', 'c'], undefined],
  ['below a terminating role the search goes on', { targets: ['a!', 'b'], a: ['c'] }, ['c'], ['a', 'c'], 'c'],
  ['a terminating role for other paths ends nothing', { targets: ['a', 'b'], a: ['c?'] }, ['b'], ['a', 'b'], 'b'],
  ['a circle is walked once', { targets: ['a'], a: ['b'], b: ['a'] }, [], ['a', 'b'], undefined],
  ['two roads to one role are one', { targets: ['a', 'b'], a: ['c'], b: ['c'] }, [], ['a', 'c', 'b'], undefined],
];

for (const [name, graph, lists, asked, by] of CASES) {
  test(`delegations: ${name}`, () => assert.equal(visit(graph, lists), { asked, by }));
}

test(`delegations: at most ${MAX_DELEGATIONS} roles are asked for one target`, () => {
  const many = Array.from({ length: 100 }, (_, i) => `r${i}`);
  assert.equal(visit({ targets: many }, ['r99']), { asked: many.slice(0, MAX_DELEGATIONS), by: undefined });
});
test.run();
