import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { component, decideDemo, policy, release, told, type World } from './world.ts';

const agent = component('demo', 5, { contentType: 'agent' });

/** [what happens, the world, the decision]: releases of glued itself */
const CASES: readonly (readonly [string, World, string])[] = [
  ['the release that is installed, for another processor', { components: [agent], releases: [release(5), release(6, { version: release(5).version, conditions: { arch: ['arm64'] } })] }, 'current up-to-date'],
  ['older under a newer number', { components: [agent], releases: [release(10, { version: '1.4' })] }, 'skipped agent-older'],
  ['older than what a package brought since', { components: [agent], facts: { agentVersion: '1.11' } }, 'skipped agent-older'],
  ['1.10 is newer than 1.9', { components: [component('demo', 9, { contentType: 'agent' })] }, 'install 10 install-newer'],
  ['older on purpose', { components: [agent], policy: policy({ components: { demo: { pin: '1.4', allowDowngrade: true } } }), releases: [release(4)] }, 'install 4 install-pinned'],
  ['where none that we know is here', { components: [component('demo', null, { contentType: 'agent' })], releases: [release(10, { version: '0.0.9' })] }, 'skipped agent-older'],
  ['floor: an agent below it', { components: [agent], facts: { agentFloor: '1.11' } }, 'skipped agent-below-floor'],
  ['floor: an agent at it', { components: [agent], facts: { agentFloor: '1.10' } }, 'install 10 install-newer'],
  ['floor: no leave of policy goes below it', { components: [agent], policy: policy({ components: { demo: { pin: '1.4', allowDowngrade: true } } }), releases: [release(4)], facts: { agentFloor: '1.5' } }, 'skipped agent-below-floor'],
  ['floor: nor does the way from a revoked one', { components: [agent], releases: [release(4), release(5)], revoked: [{ sequence: 5, reason: 'bad', safeSequence: 4 }], facts: { agentFloor: '1.5' } }, 'failed revoked-no-way-out'],
  ['floor: content is not held to it', { facts: { agentFloor: '9.0' } }, 'install 10 install-newer'],
];

for (const [name, world, expected] of CASES) {
  test(name, () => {
    assert.is(told(decideDemo(world)), expected);
  });
}

test.run();
