import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { LoadedPolicy } from '../../src/model/index.ts';
import { loadPolicy } from '../../src/policy/index.ts';
import { GATE_TABLE, plan } from '../../src/planner/index.ts';
import { POLICY } from '../../src/policy/table.ts';
import type { Key } from '../../src/policy/keys.ts';
import { ENFORCE, LEAST, MAIN, world as machine } from '../support/policy-world.ts';
import { component, decisionOf, id, input, NOW, release, told } from './world.ts';

/** The planner under policies as they are read from disk: the keys that it names are those that the policy knows. */

async function read(more: object): Promise<LoadedPolicy> {
  const loaded = await loadPolicy(machine({ ...LEAST, ...more }), ENFORCE);
  if (!loaded.ok) throw new Error(loaded.failure.detail ?? loaded.failure.why);
  return loaded.value;
}

/** [what, the policy's keys, the decision, the key that decided] */
const CASES = [
  ['off by type', { content: { av: { enabled: false } } }, 'skipped disabled', 'content.av.enabled'],
  ['off by component', { components: { 'clamav.main': { enabled: false } } }, 'skipped disabled', 'components.clamav.main.enabled'],
  ['a pin that is not met', { components: { 'clamav.main': { pin: '7' } } }, 'skipped pin-unmet', 'components.clamav.main.pin'],
  ['a hold of the type', { content: { av: { hold: { hours: 36 } } } }, 'deferred held', 'content.av.hold.hours'],
  ['a hold of the component', { components: { 'clamav.main': { hold: { until: '2027-01-01T00:00:00Z' } } } }, 'deferred held', 'components.clamav.main.hold.until'],
  ['a channel that is empty', { content: { av: { channel: 'beta' } } }, 'skipped channel-empty', 'content.av.channel'],
  ['the default channel set by policy', { content: { av: { channel: 'stable' } } }, 'install 10 install-first', undefined],
] as const;

for (const [name, keys, decision, policyKey] of CASES) {
  test(`${name}: the reason names the key and the file`, async () => {
    const main = id('clamav.main');
    const made = input({
      policy: await read(keys),
      components: [component('clamav.main', null, { channel: policyKey === undefined ? 'beta' : 'stable' })],
      releases: { 'clamav.main': [release(10, { component: main, date: NOW })] },
    });
    const decided = decisionOf(plan(made), 'clamav.main');
    assert.is(told(decided), decision);
    if (policyKey === undefined || decided.choice.kind === 'failed' || !('reason' in decided.choice)) return;
    assert.equal([decided.choice.reason?.policyKey, decided.choice.reason?.source], [policyKey, MAIN]);
  });
}

test('a default of the policy leaves the channel to the registry', async () => {
  const made = input({ policy: await read({}), components: [component('demo', 5, { channel: 'beta' })], releases: [release(9, { channel: 'beta' }), release(10)] });
  assert.is(told(decisionOf(plan(made))), 'install 9 install-newer');
});

/** Is there a key of this dotted name? `TYPE` is any content type, `ID` any component. */
function isKnown(key: Key | undefined, parts: readonly string[]): boolean {
  const [first, ...rest] = parts;
  if (key === undefined) return false;
  if (first === undefined) return true;
  if (key.kind === 'map') return isKnown(key.of, rest);
  return key.kind === 'group' && isKnown(key.keys[first === 'TYPE' ? 'av' : first], rest);
}

for (const { gate, keys } of GATE_TABLE) {
  test(`the gate ${gate} reads keys that the policy has`, () => {
    assert.equal(keys.filter((key) => !isKnown(POLICY, key.split('.'))), []);
  });
}

test('every key that says what may be installed is read by a gate', () => {
  const leaves = (key: Key, path: string): readonly string[] => {
    if (key.kind === 'map') return leaves(key.of, `${path}.ID`);
    if (key.kind !== 'group' || path.endsWith('hold')) return [path];
    return Object.entries(key.keys).flatMap(([name, member]) => leaves(member, `${path}.${name}`));
  };
  const content = POLICY.keys['content'];
  const components = POLICY.keys['components'];
  const av = content?.kind === 'group' ? content.keys['av'] : undefined;
  if (av === undefined || components === undefined) throw new Error('no such keys');
  const named = new Set(GATE_TABLE.flatMap((row) => row.keys));
  const unread = [...leaves(av, 'content.TYPE'), ...leaves(components, 'components')].filter((key) => !named.has(key));
  assert.equal(unread, ['content.TYPE.maxAgeHours'], 'freshness is said, never a gate');
});

test.run();
