import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DAY, type JsonGroup } from '../support/tuf-repository.ts';
import { newSigner } from '../support/tuf-signer.ts';
import { assertFailure, bad, file, good, NOW, type World, world } from './world.ts';

type Attack = {
  readonly name: string;
  /** what happens to the repository after a first good run */
  readonly prepare: (world: World) => void;
  readonly code: number;
  readonly text: RegExp;
  /** documents that are good, and may be kept although a later one is not */
  readonly mayKeep?: readonly string[];
};

const metadata = (name: string): string => `metadata/${name}`;
const set = (world: World, name: string, bytes: Uint8Array): void => void world.repo.files.set(metadata(name), bytes);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** A newer version of everything, so that each document is asked for again. */
const publishAll = ({ repo }: World): void => void repo.component('av', 6).publish('av', 'targets', 'snapshot', 'timestamp');

function signedByStranger(role: string): (world: World) => void {
  return (world) => {
    world.repo.role(role).signers = [newSigner()];
    publishAll(world);
  };
}

function expired(role: string): (world: World) => void {
  return (world) => {
    world.repo.role(role).expires = NOW - DAY;
    publishAll(world);
  };
}

function rolledBack(role: string): (world: World) => void {
  return ({ repo }) => {
    repo.role(role).version = 1;
    repo.write();
  };
}

function rolledBackBelow(role: string): (world: World) => void {
  return ({ repo }) => {
    repo.role(role).version = 1;
    repo.publish('snapshot', 'timestamp');
  };
}

function changed(name: string, change: (text: string) => string): (world: World) => void {
  return (world) => {
    publishAll(world);
    const before = new TextDecoder().decode(file(world.repo, name));
    const after = change(before);
    assert.is.not(after, before, `the attack changes ${name}`);
    set(world, name, text(after));
  };
}

const wrapped = (role: string, change: (envelope: JsonGroup) => JsonGroup) => (world: World) => {
  world.repo.wraps.set(role, change);
  publishAll(world);
};

const edited = (role: string, change: (signed: JsonGroup) => JsonGroup) => (world: World) => {
  world.repo.edits.set(role, change);
  publishAll(world);
};

const SIGNATURES: readonly Attack[] = [
  { name: 'a timestamp signed by a stranger', prepare: signedByStranger('timestamp'), code: 6, text: /timestamp.*0 valid/ },
  { name: 'a snapshot signed by a stranger', prepare: signedByStranger('snapshot'), code: 6, text: /snapshot.*0 valid/, mayKeep: ['timestamp'] },
  { name: 'targets signed by a stranger', prepare: signedByStranger('targets'), code: 6, text: /targets.*0 valid/, mayKeep: ['timestamp', 'snapshot'] },
  {
    name: 'a root that the old root does not sign',
    prepare: ({ repo }) => {
      repo.role('root').keys = repo.role('root').signers = [newSigner()];
      repo.publish('root');
    },
    code: 6,
    text: /2\.root\.json: root bears 0/,
  },
  {
    name: 'a root that its own keys do not sign',
    prepare: ({ repo }) => {
      repo.role('root').keys = [newSigner()];
      repo.publish('root');
    },
    code: 6,
    text: /2\.root\.json: root bears 0/,
  },
  {
    name: 'fewer signatures than the threshold',
    prepare: ({ repo }) => {
      const role = repo.role('timestamp');
      role.keys = [...role.keys, newSigner()];
      role.threshold = 2;
      repo.publish('root', 'timestamp');
    },
    code: 6,
    text: /1 valid signatures, and needs 2/,
    // the old timestamp does not meet the new root either
    mayKeep: ['root', 'timestamp'],
  },
  {
    name: 'one key under two ids, to reach a threshold of two',
    prepare: ({ repo }) => {
      const role = repo.role('timestamp');
      const [only] = role.keys;
      if (only === undefined) throw new Error('no key');
      role.signers = role.keys = [only, { ...only, id: 'f'.repeat(64) }];
      role.threshold = 2;
      repo.publish('root', 'timestamp');
    },
    code: 6,
    text: /1 valid signatures, and needs 2/,
    mayKeep: ['root', 'timestamp'],
  },
  {
    name: 'the same key id twice among the signatures',
    prepare: wrapped('timestamp', (e) => ({ ...e, signatures: [...Object(e['signatures']), ...Object(e['signatures'])] })),
    code: 6,
    text: /two signatures of the one key/,
  },
  {
    name: 'a snapshot that is not the one that the timestamp hashed',
    prepare: changed('3.snapshot.json', (t) => t.replace(/(?<="sig":")./, (digit) => (digit === '0' ? '1' : '0'))),
    code: 6,
    text: /sha256 hash that timestamp promises/,
    mayKeep: ['timestamp'],
  },
];

const STALE: readonly Attack[] = [
  {
    name: 'an expired root',
    prepare: ({ repo }) => {
      repo.role('root').expires = NOW - DAY;
      repo.publish('root');
    },
    code: 7,
    text: /root expired on 2026-11-24/,
    mayKeep: ['root'],
  },
  { name: 'an expired timestamp', prepare: expired('timestamp'), code: 7, text: /timestamp expired on 2026-11-24/ },
  { name: 'an expired snapshot', prepare: expired('snapshot'), code: 7, text: /snapshot expired on 2026-11-24/, mayKeep: ['timestamp'] },
  { name: 'expired targets', prepare: expired('targets'), code: 7, text: /targets expired on 2026-11-24/, mayKeep: ['timestamp', 'snapshot'] },
  {
    name: 'a server that is frozen in time',
    prepare: (world) => {
      world.now = world.one.date = NOW + 40 * DAY;
    },
    code: 7,
    text: /one\.example.*expired on 2026-12-25.*2027-01-04/,
  },
  {
    name: 'a timestamp rolled back',
    prepare: rolledBack('timestamp'),
    code: 7,
    text: /timestamp went back to version 1 .*expires on 2026-12-25.*version 2 was verified/,
  },
  {
    name: 'a snapshot rolled back',
    prepare: ({ repo }) => {
      repo.role('snapshot').version = 1;
      repo.publish('timestamp');
    },
    code: 7,
    text: /snapshot went back to version 1 .*version 2 was verified/,
  },
  { name: 'targets rolled back', prepare: rolledBackBelow('targets'), code: 7, text: /targets went back to version 1 /, mayKeep: ['timestamp'] },
  { name: "a component's role rolled back", prepare: rolledBackBelow('av'), code: 7, text: /av went back to version 1 /, mayKeep: ['timestamp'] },
  {
    name: 'a role that left the snapshot',
    prepare: ({ repo }) => {
      repo.removeComponent('ips');
      repo.publish('targets', 'snapshot', 'timestamp');
    },
    code: 7,
    text: /ips is not in the snapshot any more/,
    mayKeep: ['timestamp'],
  },
  {
    name: 'a root under the address of another version',
    prepare: (world) => {
      world.repo.publish('root').publish('root');
      set(world, '2.root.json', file(world.repo, '3.root.json'));
    },
    code: 7,
    text: /root is version 3 .*names version 2/,
  },
  {
    name: 'a snapshot of one publish with the targets of another',
    prepare: (world) => {
      world.repo.pins = 'versions';
      publishAll(world);
      set(world, '3.targets.json', file(world.repo, '2.targets.json'));
    },
    code: 7,
    text: /targets is version 2 .*snapshot names version 3/,
    mayKeep: ['timestamp', 'snapshot'],
  },
  {
    name: 'a timestamp of one publish with the snapshot of another',
    prepare: (world) => {
      world.repo.pins = 'versions';
      publishAll(world);
      set(world, '3.snapshot.json', file(world.repo, '2.snapshot.json'));
    },
    code: 7,
    text: /snapshot is version 2 .*timestamp names version 3/,
    mayKeep: ['timestamp'],
  },
];

const MALFORMED: readonly Attack[] = [
  { name: 'a truncated timestamp', prepare: changed('timestamp.json', (t) => t.slice(0, -20)), code: 8, text: /timestamp cannot be used/ },
  { name: 'a truncated snapshot', prepare: changed('3.snapshot.json', (t) => t.slice(0, -20)), code: 8, text: /snapshot is \d+ bytes long, and timestamp promises/, mayKeep: ['timestamp'] },
  { name: 'truncated targets', prepare: changed('3.targets.json', (t) => t.slice(0, 40)), code: 8, text: /targets is 40 bytes/, mayKeep: ['timestamp', 'snapshot'] },
  { name: 'an endless timestamp', prepare: changed('timestamp.json', (t) => t + ' '.repeat(20_000)), code: 8, text: /longer than the 16384 bytes/ },
  {
    name: 'an endless root',
    prepare: (world) => set(world, '2.root.json', new Uint8Array(600_000).fill(32)),
    code: 8,
    text: /longer than the 512000 bytes/,
  },
  {
    name: 'a snapshot longer than the timestamp says',
    prepare: changed('3.snapshot.json', (t) => `${t} `),
    code: 8,
    text: /snapshot is longer than/,
    mayKeep: ['timestamp'],
  },
  { name: 'a key twice', prepare: changed('timestamp.json', (t) => t.replace('"signed":{', '"signed":{"version":9,')), code: 8, text: /same key twice/ },
  { name: 'an unsafe integer', prepare: changed('timestamp.json', (t) => t.replace('"version":3', '"version":9007199254740993')), code: 8, text: /9007199254740993/ },
  { name: 'a key named __proto__', prepare: changed('timestamp.json', (t) => t.replace('"signed":{', '"signed":{"__proto__":{},')), code: 8, text: /__proto__/ },
  { name: 'a document of another type', prepare: edited('timestamp', (s) => ({ ...s, _type: 'snapshot' })), code: 8, text: /of type text "snapshot"/ },
  { name: 'a number that canonical JSON does not have', prepare: changed('timestamp.json', (t) => t.replace('"signed":{', '"signed":{"x":1.5,')), code: 8, text: /cannot encode/ },
  { name: 'signatures that are no list', prepare: wrapped('timestamp', (e) => ({ ...e, signatures: {} })), code: 8, text: /"signatures"/ },
  { name: 'nothing signed', prepare: wrapped('timestamp', (e) => ({ ...e, signed: null })), code: 8, text: /"signed" is null/ },
  { name: 'an expiry that is no time', prepare: edited('timestamp', (s) => ({ ...s, expires: '2099' })), code: 8, text: /"expires"/ },
  { name: 'a version that is no whole number', prepare: edited('timestamp', (s) => ({ ...s, version: 0 })), code: 8, text: /"version"/ },
  {
    name: 'brackets without end',
    prepare: (world) => set(world, 'timestamp.json', text('['.repeat(16_000))),
    code: 8,
    text: /deeper level/,
  },
  {
    name: 'a compressed answer',
    prepare: (world) => {
      world.one.answer = (path) => (path.endsWith('timestamp.json') ? { fails: 'encoding' } : undefined);
    },
    code: 8,
    text: /compressed/,
  },
  {
    name: 'a target that climbs out of its folder',
    prepare: edited('targets', (s) => ({ ...s, targets: { '../etc/passwd': { length: 1, hashes: { sha256: 'a' } } } })),
    code: 8,
    text: /named "\.\.\/etc\/passwd"/,
    mayKeep: ['timestamp', 'snapshot', 'targets'],
  },
  {
    name: 'a target with a NUL in its name',
    prepare: edited('targets', (s) => ({ ...s, targets: { 'a\u0000b': { length: 1, hashes: { sha256: 'a' } } } })),
    code: 8,
    text: /named "a\\u0000b"/,
    mayKeep: ['timestamp', 'snapshot', 'targets'],
  },
  {
    name: 'a target named constructor',
    prepare: edited('targets', (s) => ({ ...s, targets: { constructor: { length: 1, hashes: { sha256: 'a' } } } })),
    code: 8,
    text: /constructor/,
    mayKeep: ['timestamp', 'snapshot'],
  },
];

for (const attack of [...SIGNATURES, ...STALE, ...MALFORMED]) {
  test(`${attack.name} is refused with ${attack.code}, and nothing of it is kept`, async () => {
    const it = world();
    it.repo.publish('av', 'ips', 'targets', 'snapshot', 'timestamp');
    good(await it.refresh());
    const before = it.store.contents();
    attack.prepare(it);
    assertFailure(bad(await it.refresh()), attack.code, attack.text);
    const after = it.store.contents();
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (attack.mayKeep?.includes(key) !== true) assert.is(after[key], before[key], `${key} was changed`);
    }
    // and it is refused again: nothing that was kept opens a door
    assertFailure(bad(await it.refresh()), attack.code, attack.text);
  });
}
test.run();
