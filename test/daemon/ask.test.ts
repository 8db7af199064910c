// runtimes: node, deno
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Ask, parseRegistryAdd, parseRegistryRemove, parseRollback, parseRun, requestOf } from '../../src/daemon/ask.ts';
import { failureExit, failureText } from '../../src/model/index.ts';
import { must } from '../support/outcome.ts';

const test = suite('what the daemon can be asked for');
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const REQUEST = { id: 'demo', type: 'av', plugIn: 'files', installPath: '/opt/demo', settings: [] };

const PARSERS = { '/v1/run': parseRun, '/v1/rollback': parseRollback, '/v1/registry/add': parseRegistryAdd, '/v1/registry/remove': parseRegistryRemove } as const;
const ASKS: readonly (readonly [target: keyof typeof PARSERS, ask: Ask])[] = [
  ['/v1/run', { kind: 'run', contentTypes: ['av'], components: ['demo'], force: 'yes', mode: 'dry-run' }],
  ['/v1/rollback', { kind: 'rollback', component: 'demo' }],
  ['/v1/registry/add', { kind: 'registry-add', request: REQUEST, existing: 'refuse' }],
  ['/v1/registry/add', { kind: 'registry-add', request: { ...REQUEST, channel: 'beta', name: 'Demo rules', settings: ['Socket=/run/a=b', 'Empty='] }, existing: 'adopt' }],
  // what cannot be a registration is judged when it is its turn, in the command line's own words
  ['/v1/registry/add', { kind: 'registry-add', request: { ...REQUEST, id: 'Demo!', type: 'virus', settings: ['A', 'A=1', 'A=2'] }, existing: 'refuse' }],
  ['/v1/registry/remove', { kind: 'registry-remove', component: 'Nobody!' }],
];

test('every request that is made for it is read as what was asked', () => {
  for (const [target, ask] of ASKS) {
    const request = requestOf(ask);
    assert.equal([request.method, request.target], ['POST', target]);
    assert.equal(must(PARSERS[target](bytes(request.body ?? ''))), ask);
  }
});

const REFUSED: readonly (readonly [target: keyof typeof PARSERS, body: string, text: RegExp])[] = [
  ['/v1/registry/add', '', /^component is nothing, .*; type is nothing, .*; plugin is nothing, .*; path is nothing/],
  ['/v1/registry/add', '{"component":"demo","type":"av","plugin":"files","path":"/opt/demo","plugIn":"files"}', /^plugIn is text "files", allowed is one of: component, type, plugin, path, channel, name, set, adopt/],
  ['/v1/registry/add', '{"component":"demo","type":"av","plugin":"files","path":"/opt/demo","set":{"A":"1"},"adopt":"yes"}', /^set is a group of keys, allowed is a list; adopt is text "yes", allowed is true or false/],
  ['/v1/registry/remove', '{"id":"demo"}', /^component is nothing, .*; id is text "demo", allowed is one of: component/],
  ['/v1/registry/remove', '{"component":3}', /^component is number 3/],
];

test('a key that is missing, unknown or of another type is refused by its name', () => {
  for (const [target, body, text] of REFUSED) {
    const parsed = PARSERS[target](bytes(body));
    if (parsed.ok) assert.unreachable(body);
    else {
      assert.is(failureExit(parsed.failure), 64);
      assert.match(failureText(parsed.failure), text);
    }
  }
});

test.run();
