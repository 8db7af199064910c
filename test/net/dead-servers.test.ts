// runtimes: node, deno
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { HttpFailureKind, HttpSink } from '../../src/model/index.ts';
import { withParallel, withServerMemory } from '../../src/net/index.ts';
import { requestOf, ScriptedHttp } from '../support/scripted-http.ts';

const A = 'http://a.example/';
const B = 'http://b.example/';

function world() {
  const script = new ScriptedHttp();
  const http = withServerMemory(script, [A, B]);
  const ask = async (url: string): Promise<string> => {
    const end = await http.document(requestOf(url));
    return end.ok ? String(end.value.status) : `${end.failure.kind}: ${end.failure.detail}`;
  };
  return { script, http, ask };
}

for (const kind of ['unresolvable', 'refused', 'unreachable', 'tls', 'connect-timeout', 'stalled'] satisfies HttpFailureKind[]) {
  test(`a server that never answered and fails with ${kind} is not asked again in this run, and still says why`, async () => {
    const it = world();
    it.script.reply = (url) => (url.startsWith(A) ? { fails: kind } : { status: 200 });
    assert.is(await it.ask(`${A}1`), `${kind}: simulated ${kind}`);
    assert.is(await it.ask(`${A}2`), `${kind}: simulated ${kind}; it was not asked again in this run`);
    const streamed = await it.http.stream(requestOf(`${A}3`), { head: () => 'go', chunk: () => 'go' });
    assert.is(streamed.ok ? '' : streamed.failure.url, `${A}3`);
    assert.is(await it.ask(`${B}1`), '200');
    assert.equal(it.script.asked, [`${A}1`, `${B}1`]);
  });
}

for (const kind of ['reset', 'short', 'redirect', 'protocol', 'too-long', 'interrupted', 'cooling-down', 'proxy'] satisfies HttpFailureKind[]) {
  test(`${kind} does not mean that nobody is there: it is asked again`, async () => {
    const it = world();
    it.script.reply = () => ({ fails: kind });
    await it.ask(`${A}1`);
    await it.ask(`${A}2`);
    assert.is(it.script.asked.length, 2);
  });
}

test('a server that did answer has three tries, in a row', async () => {
  const it = world();
  const script = ['ok', 'no', 'no', 'ok', 'no', 'no', 'no', 'ok'];
  it.script.reply = () => (script.shift() === 'ok' ? { status: 404 } : { fails: 'connect-timeout' });
  for (let n = 0; n < 7; n++) await it.ask(`${A}${n}`);
  assert.match(await it.ask(`${A}7`), 'not asked again');
  assert.is(it.script.asked.length, 7);
});

test('so many requests are on their way to one server, documents and packages together, and the others wait in order', async () => {
  const script = new ScriptedHttp();
  const http = withParallel(script, [A, B], 2);
  const ends: (() => void)[] = [];
  script.reply = () => new Promise((resolve) => ends.push(() => resolve({ status: 200 })));
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
  const nothing: HttpSink = { head: () => 'go', chunk: () => 'go' };
  const all = [http.document(requestOf(`${A}1`)), http.stream(requestOf(`${A}2`), nothing), http.document(requestOf(`${A}3`)), http.stream(requestOf(`${A}4`), nothing), http.document(requestOf(`${B}1`))];
  await turn();
  assert.equal(script.asked, [`${A}1`, `${A}2`, `${B}1`]);
  ends.shift()?.();
  await turn();
  assert.equal(script.asked.slice(3), [`${A}3`]);
  for (let n = 0; n < 4; n++) {
    ends.shift()?.();
    await turn();
  }
  assert.equal((await Promise.all(all)).map((end) => end.ok), [true, true, true, true, true]);
});

test('a request that throws gives its place to the next', async () => {
  const script = new ScriptedHttp();
  const http = withParallel(script, [A], 1);
  script.reply = (url) => (url.endsWith('1') ? Promise.reject(new Error('a bug')) : { status: 200 });
  const first = http.document(requestOf(`${A}1`)).catch((error: unknown) => String(error));
  const second = http.document(requestOf(`${A}2`));
  assert.match(String(await first), 'a bug');
  assert.ok((await second).ok);
});

test.run();
