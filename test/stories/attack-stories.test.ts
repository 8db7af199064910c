import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { at } from '../../build/support/root.ts';
import { filesIn } from '../support/canary.ts';
import { clockMoved, hasFaketime } from '../support/faketime.ts';
import { runtimes } from '../support/runtimes.ts';
import { saySkipped } from '../support/skip.ts';
import { type Machine, part, StoryWorld, wordsOf } from '../support/story-world.ts';

const test = suite('attacks on metadata and network');

/** Every attack on metadata and on the network that is defended against, and the tests that prove it: file, then the tests' own names. */
const PROOFS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'metadata signed by a stranger, by too few, or twice by one: 6, and nothing of it is kept': {
    'test/catalog/attacks.test.ts': ['a timestamp signed by a stranger', 'a snapshot signed by a stranger', 'targets signed by a stranger', 'fewer signatures than the threshold', 'one key under two ids, to reach a threshold of two', 'the same key id twice among the signatures'],
    'test/catalog/components.test.ts': ['a role signed by a stranger'],
    'test/faults/content-rows.ts': ['a timestamp with one bit changed'],
  },
  'frozen or expired: 7, with role and date': {
    'test/catalog/attacks.test.ts': ['a server that is frozen in time', 'an expired root', 'an expired timestamp', 'an expired snapshot', 'expired targets'],
    'test/catalog/components.test.ts': ['an expired role'],
    'test/faults/answer-rows.ts': ['a 304 although there is something new'],
  },
  'rolled back, any role or a catalog: 7': {
    'test/catalog/attacks.test.ts': ['a timestamp rolled back', 'a snapshot rolled back', 'targets rolled back', "a component's role rolled back", 'a role that left the snapshot'],
    'test/catalog/components.test.ts': ['a catalog rolled back', 'an emptied catalog'],
    'test/faults/content-rows.ts': ['a timestamp that went back'],
  },
  'fast-forward: only new timestamp and snapshot keys let versions go back': {
    'test/catalog/cache.test.ts': ['after a fast-forward attack only new timestamp and snapshot keys let versions go back'],
    'test/catalog/components.test.ts': ['although the thief published far ahead'],
  },
  'two publishes mixed: 7 by version, 6 or 8 by hash and length': {
    'test/catalog/attacks.test.ts': ['a snapshot of one publish with the targets of another', 'a timestamp of one publish with the snapshot of another', 'a root under the address of another version'],
    'test/faults/content-rows.ts': ['a timestamp of a later publish with the rest of this one', 'the snapshot of an earlier publish', 'the targets of an earlier publish', 'the role of a later publish', 'the role of another component', 'the catalog of another component', 'the package of another component', 'the package of an earlier release'],
  },
  'data without end: stopped at the limit, 8 for metadata, 9 for packages': {
    'test/catalog/attacks.test.ts': ['an endless timestamp', 'an endless root', 'a snapshot longer than the timestamp says'],
    'test/catalog/components.test.ts': ['an endless catalog', 'a target of absurd length'],
    'test/faults/connection-rows.ts': ['an endless timestamp', 'an endless package', 'an endless head', 'a line of the head without end', 'a flood of 102'],
  },
  'slow retrieval: a least rate, then the next server': {
    'test/faults/connection-rows.ts': ['metadata slower than the least rate', 'a package slower than the least rate', 'a head that trickles for ever'],
    'test/net/http.test.ts': ['below one KiB a second for half a minute is stalled'],
  },
  "one component's key stolen: the others are unaffected, a rotation heals": {
    'test/catalog/components.test.ts': ["a role signed with another component's stolen key", 'a stolen component key is healed by a rotation through targets', 'a catalog that another role lists is refused'],
  },
  'a wrong clock: said to be the clock, never current': {
    'test/catalog/clock.test.ts': ['a clock before the build is 7', 'a clock before the newest release that was verified here is 7', 'metadata that looks expired is the clock'],
    'test/faults/answer-rows.ts': ['a server whose clock is ten days late', 'a server whose clock is ten years ahead'],
    'test/stories/attack-stories.test.ts': ['a clock ten years'],
  },
  'targets without a good hash, or with a name that is none: 8': {
    'test/catalog/components.test.ts': ['a target without any hash', 'a target with md5 only', 'a role that also lists a target named ..'],
    'test/catalog/attacks.test.ts': ['a target that climbs out of its folder', 'a target with a NUL in its name', 'a target named constructor'],
  },
  'redirects: secrets stay at their origin, at most five, never down to http, to a file, to this machine or its cable': {
    'test/net/redirects.test.ts': ['https to http', 'a file', 'loopback from outside', 'link-local, where clouds keep secrets', 'only harmless headers leave the origin', 'five redirects are followed, six are not'],
    'test/transfer/fetch.test.ts': ['secrets go to the configured origin and not where a redirect leads'],
    'test/faults/answer-rows.ts': ['metadata sent to another origin', 'a redirect of the package to file:', 'a redirect to a link-local address', 'a redirect to itself without end', 'a redirect with a user name'],
  },
  'CR, LF and NUL in an address, a header or a user name: 21': {
    'test/net/access.test.ts': ['a header with CR and LF', 'a user name with a newline'],
    'test/net/http.test.ts': ['CR, LF and NUL in a header are refused before anything is sent'],
    'test/stories/attack-stories.test.ts': ['CR, LF or NUL in an address, a header or a user name is 21'],
  },
  'a bomb of gzip: refused before it is unpacked': {
    'test/catalog/attacks.test.ts': ['a compressed answer'],
    'test/faults/answer-rows.ts': ['a gzip bomb in place of the', 'that comes as gzip', 'gzip that does not say so'],
  },
  'no network: 18 at once': {
    'test/stories/attack-stories.test.ts': ['no network is 18 at once'],
  },
  'a captive portal, or somebody between who speaks TLS: named': {
    'test/faults/answer-rows.ts': ['a web page in place of all', 'a portal that redirects to its login', 'status 511 with its page'],
    'test/faults/tls-rows.ts': ['a certificate of an unknown issuer', 'a certificate that is past its time', 'a certificate for another host'],
  },
  'secrets that a server or a proxy throws back: not told': {
    'test/stories/canary-stories.test.ts': ['whatever a server throws back at us, nothing of it that is secret is told'],
  },
};

for (const [attack, proofs] of Object.entries(PROOFS)) {
  test(`proven: ${attack}`, () => {
    for (const [file, names] of Object.entries(proofs)) {
      assert.ok(existsSync(at(file)), `${file} is not there`);
      // this table's own lines are no proof
      const source = readFileSync(at(file), 'utf8').split('\n').filter((line) => !/^ {4}'test\//.test(line)).join('\n');
      for (const name of names) assert.ok(source.includes(name), `${file} has no test named "${name}"`);
    }
  });
}

const world = await StoryWorld.make();
await world.release('demo', '1.0');
await world.release('demo', '2.0');
test.after(() => world.end());

/** What a run that failed at once may write: that it was tried. Probation goes by the machine's clock, whatever that shows (docs/recovery.md). */
const TELLS = /\/(probation\/.*|status\.json|state\.db(-wal|-shm)?|lock\.(db|json)(-wal|-shm)?|glued\.log|log\/.*)$|\/scratch\//;
/** Hashes of every file of a machine; a plist without the time of the last attempt. */
function fingerprint(machine: Machine): Readonly<Record<string, string>> {
  const files = filesIn(machine.folder, TELLS).map((path): [string, string] => {
    const bytes = readFileSync(path);
    const counted = path.endsWith('.plist') ? bytes.toString().replace(/<key>LastAttempt<\/key>\s*<(string|date)>[^<]*<\/\1>\s*/g, '') : bytes;
    return [path, createHash('sha256').update(counted).digest('hex')];
  });
  return Object.fromEntries(files);
}

const canUnshare = spawnSync('unshare', ['-n', 'true']).status === 0;

for (const rt of runtimes()) {
  const installed = async (): Promise<Machine> => {
    const machine = world.machine(rt).register('demo').policy({ components: { demo: { pin: '1.0' } } });
    await machine.expect(0);
    return machine;
  };

  test(`${rt.name}: no network is 18 at once, and nothing is touched but what says that it was tried`, async () => {
    if (!canUnshare) return saySkipped(`no network on ${rt.name}: no network namespace can be made here`);
    const machine = await installed();
    machine.policy({ servers: [{ url: 'http://192.0.2.1/' }, { url: 'https://content.invalid/' }] });
    const before = fingerprint(machine);
    const document = await machine.expect(18, [], { under: ['unshare', '-n'], settings: { permissions: machine.permissions(['192.0.2.1', 'content.invalid']) } });
    const ms = Date.parse(document.finishedAt) - Date.parse(document.startedAt);
    assert.ok(ms < 2000, `it took ${ms} ms`);
    assert.equal([document.codeName, part(document).action, part(document).after?.version], ['no-network', 'failed', '1.0']);
    assert.equal(fingerprint(machine), before);
  });

  for (const [when, by] of [['ahead', '+3652d'], ['behind', '-3652d']] as const) {
    test(`${rt.name}: a clock ten years ${when} is 7, said to be the clock, and nothing is touched`, async () => {
      if (!hasFaketime) return saySkipped(`wrong clock on ${rt.name}: libfaketime is not installed`);
      const machine = await installed();
      machine.policy();
      const before = fingerprint(machine);
      const document = await machine.expect(7, [], { settings: { env: clockMoved(by) } });
      assert.match(document.errors[0]?.text ?? '', /^The clock of this machine is wrong/);
      assert.equal([part(document).action, part(document).after?.version], ['failed', '1.0']);
      assert.equal(fingerprint(machine), before);
    });
  }

  test(`${rt.name}: CR, LF or NUL in an address, a header or a user name is 21, and nobody is asked`, async () => {
    const machine = world.machine(rt).register('demo');
    const { url } = world.server;
    const BAD: readonly object[] = [
      { url: `${url}\r\nX-Other: 1` },
      { url: `${url}\u0000` },
      { url, headers: { 'X-A': 'b\r\nX-Other: 1' } },
      { url, headers: { 'X-A\r\nX-Other': 'b' } },
      { url, headers: { 'X-A': 'b\u0000' } },
      { url, username: 'fleet\r\nX-Other: 1', passwordFile: machine.policyFile },
    ];
    for (const server of BAD) {
      machine.policy({ servers: [server] });
      const asked = world.server.asked.length;
      const document = await machine.expect(21);
      assert.match(wordsOf(document), /servers\[0\]/, JSON.stringify(server));
      assert.is(world.server.asked.length, asked);
    }
  });
}

test.run();
