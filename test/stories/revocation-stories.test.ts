import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { rewriteCatalog } from '../support/rewrite-catalog.ts';
import { type RunEnd, type Runtime, runtimes } from '../support/runtimes.ts';
import { type Machine, part, StoryWorld, told } from '../support/story-world.ts';

const test = suite('revocation stories');
const worlds: StoryWorld[] = [];
test.after.each(() => {
  for (const world of worlds.splice(0)) world.end();
});
const HELD = { content: { av: { hold: { hours: 1000, reason: 'change freeze' } } } };
const BAD = 'it flags the C library';

/** `glued repo …` as its publisher types it; it must end with `code`. */
async function repo(world: StoryWorld, rt: Runtime, code: number, command: string, ...args: readonly string[]): Promise<RunEnd> {
  const end = await rt.run(['repo', command, world.repo.dir, ...args], { cwd: world.repo.root });
  assert.is(end.code, code, `${end.stdout}${end.stderr}`);
  return end;
}

/** Release 1.0 that is good, and 2.0 that is bad, of one component. */
async function twoReleases(): Promise<StoryWorld> {
  const world = await StoryWorld.make('demo');
  worlds.push(world);
  await world.release('demo', '1.0');
  await world.release('demo', '2.0');
  return world;
}

/** A machine with one release, by its version, and nothing else of the component. */
async function machineAt(world: StoryWorld, rt: Runtime, version: string): Promise<Machine> {
  const machine = world.machine(rt).register('demo').policy({ components: { demo: { pin: version } } });
  assert.is(part(await machine.expect(0)).after?.version, version);
  machine.policy();
  return machine;
}

/** A machine that downloaded 2.0 and refused it, for a reason of its own that `ready` takes away. `at` null: nothing is installed. */
async function onlyInCache(world: StoryWorld, rt: Runtime, at: '1.0' | null): Promise<{ readonly machine: Machine; readonly ready: () => void }> {
  const machine = world.machine(rt);
  const flag = join(machine.folder, 'ready');
  machine.test('demo', `grep -rq "demo 2.0" "$1" && ! test -e ${flag} && exit 1; exit 0`);
  if (at !== null) {
    machine.policy({ components: { demo: { pin: at } } });
    await machine.expect(0);
  }
  machine.policy({ components: { demo: { pin: '2.0' } } });
  const document = await machine.expect(11);
  assert.is(part(document).after?.version ?? null, at);
  const ready = (): void => {
    writeFileSync(flag, '');
    // another policy ends the quarantine: what is not installed now is so for its revocation alone
    machine.policy({ id: 'mended' });
  };
  return { machine, ready };
}

/** It has 1.0, whole, and did not fetch a package for it now. */
async function staysAt1(world: StoryWorld, machine: Machine, digest: string, args: readonly string[] = []): Promise<ReturnType<typeof part>> {
  const packages = world.server.packages().length;
  const one = part(await machine.expect(0, args));
  assert.equal([one.before?.version, one.after?.version, machine.digest()], ['1.0', '1.0', digest]);
  assert.is(world.server.packages().length, packages, 'no package was fetched');
  return one;
}

for (const rt of runtimes()) {
  test(`${rt.name}: up to date, behind, or with the package only in its cache: all end on the safe release, once; its copy is refused`, async () => {
    const world = await twoReleases();
    const upToDate = await machineAt(world, rt, '2.0');
    const bad = upToDate.digest();
    const behind = await machineAt(world, rt, '1.0');
    const good = behind.digest();
    const cached = await onlyInCache(world, rt, '1.0');
    const empty = await onlyInCache(world, rt, null);
    const twin = await onlyInCache(world, rt, '1.0');
    twin.ready();
    const control = part(await twin.machine.expect(0));
    assert.equal([control.action, control.after?.version, control.via], ['updated', '2.0', 'cache'], 'without the revocation it comes from the cache');
    for (const { ready } of [cached, empty]) ready();

    assert.match((await repo(world, rt, 0, 'revoke', 'demo', '2', '--reason', BAD, '--safe', '1')).stdout, /^Machines that run it go to release 1 \(1\.0\) at their next run, past hold, window, rollout and pin\.$/m);
    assert.match((await repo(world, rt, 0, 'check')).stdout, /^Revoked: release 2 \(2\.0\) of demo, safe is 1: it flags the C library$/m);

    const foreseen = await upToDate.policy(HELD).expect(0, ['--dry-run']);
    assert.equal([part(foreseen).reason?.code, part(foreseen).after?.version, upToDate.digest()], ['revoked-safe', '1.0', bad]);
    upToDate.policy({ ...HELD, components: { demo: { pin: '2.0' } } });
    for (const [machine, before] of [[upToDate, '2.0'], [twin.machine, '2.0'], [empty.machine, undefined]] as const) {
      const one = part(await machine.expect(0));
      assert.equal([one.action, one.before?.version, one.after?.version, machine.digest()], ['updated', before, '1.0', good]);
      if (before === '2.0') assert.is(one.reason?.code, 'revoked-safe', 'why it went back is said, also under a pin');
    }
    const all = [upToDate, twin.machine, empty.machine, behind, cached.machine];
    for (const machine of all) await staysAt1(world, machine, good);

    // the very bytes of 2.0 again, under a number of their own, signed by the component's key
    const source = join(world.repo.root, 'in-demo-2.0', 'rules.db');
    assert.match((await repo(world, rt, 64, 'publish', 'demo', source, '--version', '3.0')).stderr, /is the content of release 2 of demo, which was revoked: it flags the C library/);
    rewriteCatalog(world.repo, 'demo', (catalog) => {
      const [newest] = catalog.releases;
      return newest === undefined ? catalog : { ...catalog, releases: [{ ...newest, sequence: 3, version: '3.0', forced: true }, ...catalog.releases] };
    });
    const ways: readonly (readonly [Readonly<Record<string, unknown>>, readonly string[]])[] = [
      [{}, []],
      [{}, ['--force']],
      [{ components: { demo: { pin: '3.0', allowDowngrade: true } } }, ['--force']],
      [{ components: { demo: { pin: '2.0', allowDowngrade: true } } }, ['--force']],
      [{ ...HELD, rollout: { forcedOverridesHold: true, forcedOverridesWindow: true } }, ['--force']],
    ];
    for (const machine of [upToDate, cached.machine]) {
      for (const [policy, args] of ways) await staysAt1(world, machine.policy(policy), good, args);
    }
    const pinned = await staysAt1(world, upToDate.policy({ components: { demo: { pin: '3.0' } } }), good);
    assert.equal([pinned.action, pinned.reason?.code], ['skipped', 'pin-unmet']);
  });

  test(`${rt.name}: a rollback to a revoked release is refused, with every server down and with --force before it`, async () => {
    const world = await twoReleases();
    const machine = await machineAt(world, rt, '2.0');
    await repo(world, rt, 0, 'revoke', 'demo', '2', '--reason', BAD, '--safe', '1');
    await machine.expect(0);
    const good = machine.digest();
    await machine.expect(0, ['--force']);
    machine.policy({ servers: [{ url: 'http://127.0.0.1:1/' }] });
    const back = told(await machine.glued(['rollback', 'demo', '--json', ...machine.place], { settings: { permissions: machine.permissions(['127.0.0.1:1']) } }));
    assert.equal([back.code, part(back.document).after?.version, machine.digest()], [13, '1.0', good]);
    assert.match(back.document.errors[0]?.text ?? '', /^Release 2 of demo, the one to go back to, was revoked by its publisher: it flags the C library\.$/);
  });

  test(`${rt.name}: the same package in another channel is left with it`, async () => {
    const world = await twoReleases();
    await world.release('demo', '2.0', { channel: 'early' });
    const early = world.machine(rt).register('demo').policy({ components: { demo: { channel: 'early' } } });
    assert.is(part(await early.expect(0)).after?.sequence, 3);
    assert.match((await repo(world, rt, 0, 'revoke', 'demo', '2', '--reason', BAD, '--safe', '1')).stdout, /^Revoked with it, as it is the same package: release 3 \(2\.0\) in the channel early\.$/m);
    const one = part(await early.expect(0));
    assert.equal([one.action, one.before?.sequence, one.after?.sequence], ['updated', 3, 1], 'it is not the number that counts');
  });

  test(`${rt.name}: without a safe release to the newest that policy allows, and where that is held to earlier content, without a package`, async () => {
    const world = await twoReleases();
    await world.release('demo', '3.0');
    const [free, held] = [await machineAt(world, rt, '3.0'), await machineAt(world, rt, '2.0')];
    await held.expect(0);
    await repo(world, rt, 0, 'revoke', 'demo', '3', '--reason', BAD);
    const packages = world.server.packages().length;
    const kept = part(await held.policy(HELD).expect(0));
    assert.equal([kept.action, kept.before?.version, kept.after?.version, kept.via], ['rolled-back', '3.0', '2.0', 'none']);
    assert.is(world.server.packages().length, packages);
    const one = part(await free.expect(0));
    assert.equal([one.action, one.before?.version, one.after?.version], ['updated', '3.0', '2.0']);
    await repo(world, rt, 0, 'revoke', 'demo', '2', '--reason', BAD);
    await repo(world, rt, 0, 'revoke', 'demo', '1', '--reason', BAD);
    const stuck = await free.expect(12);
    assert.equal([part(stuck).action, part(stuck).after?.version], ['failed', '2.0'], 'there is no way out, and it says so');
    assert.match(stuck.errors[0]?.text ?? '', /it flags the C library/);
  });

  test(`${rt.name}: a pause stops machines that do not have the release yet, with --force too, until it is resumed`, async () => {
    const world = await twoReleases();
    const [behind, upToDate] = [await machineAt(world, rt, '1.0'), await machineAt(world, rt, '2.0')];
    await repo(world, rt, 0, 'pause', 'demo', '2');
    assert.match((await repo(world, rt, 0, 'check')).stdout, /^Paused: release 2 \(2\.0\) of demo\.$/m);
    for (const args of [[], ['--force']]) {
      const one = part(await behind.expect(0, args));
      assert.equal([one.action, one.reason?.code, one.after?.version], ['deferred', 'paused', '1.0']);
    }
    assert.equal([part(await upToDate.expect(0)).action, part(await upToDate.expect(0)).after?.version], ['current', '2.0']);
    await repo(world, rt, 0, 'pause', 'demo', '2', '--resume');
    assert.equal([part(await behind.expect(0)).action, part(await behind.expect(0)).after?.version], ['updated', '2.0']);
  });

  test(`${rt.name}: outside of the windows of policy nothing new is installed, and a revoked release is left all the same`, async () => {
    const world = await twoReleases();
    const [behind, upToDate] = [await machineAt(world, rt, '1.0'), await machineAt(world, rt, '2.0')];
    const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
    // one hour of the day that is three days away
    const closed = { schedule: { timeZone: 'UTC', windows: [{ days: [days[(new Date().getUTCDay() + 3) % 7]], from: '03:00', to: '04:00' }] } };
    for (const machine of [behind, upToDate]) machine.policy(closed);
    const bound = part(await behind.expect(0));
    await repo(world, rt, 0, 'revoke', 'demo', '2', '--reason', BAD, '--safe', '1');
    const one = part(await upToDate.expect(0));
    assert.equal([one.action, one.before?.version, one.after?.version], ['updated', '2.0', '1.0']);
    assert.equal([bound.action, bound.reason?.code, bound.reason?.policyKey], ['deferred', 'window', 'schedule.windows']);
    assert.is(new Date(bound.reason?.until ?? 0).getUTCHours(), 3, 'it says when the window opens');
  });
}

test.run();
