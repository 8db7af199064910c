// fleetdm/fleet#13314, dennisvang/tufup#77, dennisvang/tufup#181: a root that expired stops everything, and old keys stay named after a rotation
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readKeyFile, signDocument } from '../../src/publisher/keys.ts';
import { layout, refresh } from '../../src/publisher/index.ts';
import { readRepository } from '../../src/publisher/repository.ts';
import { must, publisherPorts, testRepository, writeTree } from '../support/repository.ts';
import { type RunEnd, type Runtime, runtimes } from '../support/runtimes.ts';
import { storyServer } from '../support/story-server.ts';
import { type Machine, part, StoryWorld, wordsOf } from '../support/story-world.ts';

const test = suite('rotation stories');
const DAY = 86_400_000;
const ROLES = ['timestamp', 'snapshot', 'targets', 'demo', 'root', 'root,targets,snapshot,timestamp,demo'] as const;

const ended = (end: RunEnd, code: number, words: RegExp): void => {
  assert.is(end.code, code, end.stdout + end.stderr);
  assert.match(end.stdout + end.stderr, words);
};

/** A repository of its own, its server, and the command line of one runtime. */
async function site(rt: Runtime) {
  const world = await StoryWorld.make();
  const { dir, root } = world.repo;
  const repo = (command: string, ...args: readonly string[]): Promise<RunEnd> => rt.run(['repo', command, dir, ...args], { cwd: root });
  const publish = async (version: string): Promise<void> => {
    const path = join(writeTree(join(root, `in-${version}`), { 'rules.db': `${version}\n`.repeat(100) }), 'rules.db');
    ended(await repo('publish', 'demo', path, '--version', version, '--deltas', '0'), 0, /Published demo/);
  };
  return { world, repo, publish };
}

async function takes(machine: Machine, version: string): Promise<void> {
  const document = await machine.expect(0);
  assert.is(part(document).after?.version, version);
  assert.is(readFileSync(machine.live(), 'utf8').split('\n')[0], version, 'what lies there is the new content');
}

for (const rt of runtimes()) {
  test(`${rt.name}: every role gets new keys, and machines take what is published after each, also one that slept through all of it`, async () => {
    const { world, repo, publish } = await site(rt);
    try {
      await publish('1');
      const machine = world.machine(rt).register('demo');
      const sleeper = world.machine(rt).register('demo');
      for (const one of [machine, sleeper]) await takes(one, '1');
      for (const [i, roles] of ROLES.entries()) {
        ended(await repo('rotate', roles), 0, new RegExp(`New keys sign ${roles.replaceAll(',', ', ')}; those that they replace count no more`));
        ended(await repo('check'), 0, /^Whole: /);
        await publish(`${i + 2}`);
        await takes(machine, `${i + 2}`);
      }
      ended(await repo('renew'), 0, /Signed anew: root, targets, snapshot, timestamp, demo\./);
      await publish('9');
      world.server.asked.length = 0;
      await takes(sleeper, '9');
      assert.equal(world.server.asked.slice(0, 7), [2, 3, 4, 5, 6, 7, 8].map((n) => `/metadata/${n}.root.json`));
      await takes(machine, '9');
    } finally {
      world.end();
    }
  });

  test(`${rt.name}: what a thief signs with the old keys is refused, and the installed content stays`, async () => {
    const { world, repo, publish } = await site(rt);
    const { dir, keys, ports } = world.repo;
    try {
      await publish('1');
      const machine = world.machine(rt).register('demo');
      await takes(machine, '1');
      ended(await repo('rotate', 'timestamp,snapshot', '--json'), 0, /glued\.repo-rotate\/1/);
      const { timestamp } = must(readRepository(ports, dir));
      const old = must(readKeyFile(ports, join(keys, 'timestamp-1.pem.retired'), 'timestamp'));
      writeFileSync(layout.timestamp(dir), signDocument({ ...timestamp, version: timestamp.version + 1 }, [old]));
      const before = machine.digest();
      const document = await machine.expect(6);
      assert.match(wordsOf(document), /timestamp.* bears 0 valid signatures/);
      assert.is(machine.digest(), before);
      await publish('2');
      await takes(machine, '2');
    } finally {
      world.end();
    }
  });

  test(`${rt.name}: what cannot be done is one clear error with a code, and nothing changed`, async () => {
    const { world, repo } = await site(rt);
    const { dir, keys, root } = world.repo;
    const foreign = await testRepository('foreign');
    const before = [layout.metadata(dir), keys].map((folder) => readdirSync(folder));
    try {
      const once = (end: RunEnd, code: number, words: RegExp): void => {
        ended(end, code, words);
        assert.is(end.stderr.trim().split('\n').length, 1, end.stderr);
      };
      once(await repo('rotate', 'timestamp', '--keys', foreign.keys), 26, /root-1\.pem is not one that the repository trusts for the role root/);
      renameSync(join(keys, 'targets-1.pem'), join(root, 'away'));
      once(await repo('rotate', 'demo'), 26, /targets-1\.pem of the role targets cannot be read: it is not there/);
      once(await repo('renew'), 26, /targets-1\.pem of the role targets cannot be read: it is not there/);
      renameSync(join(root, 'away'), join(keys, 'targets-1.pem'));
      once(await repo('rotate', 'nobody'), 64, /has no role nobody; it has: root, targets, snapshot, timestamp, demo/);
      once(await repo('rotate', 'root', '--new-key', join(keys, 'root-1.pem')), 64, /trusts it already/);
      if (rt.name === 'deno') {
        const permissions = ['--allow-read', '--allow-env', '--allow-sys', `--allow-write=${dir}`];
        once(await rt.run(['repo', 'rotate', dir, 'timestamp'], { cwd: root, permissions }), 26, /new key .*timestamp-2\.pem cannot be written/);
      }
      assert.equal([layout.metadata(dir), keys].map((folder) => readdirSync(folder)), before);
      ended(await repo('check'), 0, /^Whole: /);
    } finally {
      world.end();
    }
  });

  test(`${rt.name}: a root that expired stops publishing with 7, and renew brings machines back by themselves`, async () => {
    const ports = publisherPorts();
    ports.at = Date.now() - 366 * DAY;
    const repo = await testRepository('expired', ports);
    await repo.add('demo');
    await repo.publish('demo', {}, { path: join(writeTree(join(repo.root, 'in'), { 'rules.db': '1\n' }), 'rules.db'), version: '1' });
    ports.at += 364 * DAY;
    must(await refresh(ports, { dir: repo.dir }));
    const server = await storyServer(ports, repo.dir);
    const world = await StoryWorld.make();
    const machine = world.machine(rt).register('demo');
    const call = (command: string, ...args: readonly string[]): Promise<RunEnd> => rt.run(['repo', command, repo.dir, ...args], { cwd: repo.root });
    try {
      machine.policy({ servers: [{ url: server.url }], trust: { rootFile: repo.rootFile } });
      const permissions = machine.permissions([`127.0.0.1:${server.port}`]);
      assert.match(wordsOf(await machine.expect(7, [], { settings: { permissions } })), /root.* expired on/);
      const words = /signatures of root ended at .* Sign them anew with the keys of root: glued repo renew .* root/;
      ended(await call('refresh'), 7, words);
      ended(await call('publish', 'demo', join(repo.root, 'in', 'rules.db'), '--version', '2', '--channel', 'early'), 7, words);
      ended(await call('check'), 7, /1\.root\.json: it expired at .* Run: glued repo renew .* root\./);
      ended(await call('renew'), 0, /root +version 2, until 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC, signed now/);
      ended(await call('check'), 0, /^Whole: /);
      const document = await machine.expect(0, [], { settings: { permissions } });
      assert.is(part(document).after?.version, '1');
    } finally {
      server.close();
      world.end();
    }
  });
}

test('offline keys on their own medium are never copied to the machine that publishes', async () => {
  const rt = runtimes().at(-1);
  if (rt === undefined) throw new Error('no runtime');
  const { world, repo, publish } = await site(rt);
  const { keys, root, dir } = world.repo;
  const medium = join(root, 'medium');
  mkdirSync(medium);
  for (const name of readdirSync(keys).filter((file) => /^(root|targets)-/.test(file))) {
    cpSync(join(keys, name), join(medium, name));
    renameSync(join(keys, name), join(root, name));
  }
  try {
    ended(await repo('rotate', 'root,targets,timestamp', '--offline-keys', 'medium'), 0, /root: new root-3\.pem, root-4\.pem in .*medium/);
    ended(await repo('renew', '--offline-keys', 'medium'), 0, /The first to end is timestamp/);
    ended(await repo('add', 'other', '--type', 'av', '--plugin', 'files', '--offline-keys', 'medium'), 0, /Added the component other/);
    ended(await repo('floor', '0.0.1', '--offline-keys', 'medium'), 0, /No machine is given/);
    assert.equal(readdirSync(keys).filter((file) => /^(root|targets)-/.test(file)), []);
    assert.equal(readdirSync(join(dir)).filter((file) => file.endsWith('.pem')), []);
    await publish('1');
    ended(await repo('check'), 0, /^Whole: 2 components/);
  } finally {
    world.end();
  }
});

test.run();
