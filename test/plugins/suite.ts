/** The contract of the PlugIn interface, for every implementation: what any caller may rely on. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readdirSync, rmSync } from 'node:fs';
import type { Component, Content, Files, Job, PlugIn } from '../../src/model/index.ts';
import { dyingFiles, installedAs, jobOf, Killed, newFolder, realPorts, releaseOf, valueOf, whyOf, type PlugInUnder } from './world.ts';

/** One machine with one component: how its contents are made, and what a reader of the install path sees. */
export type Bench = {
  readonly root: string;
  readonly component: Component;
  /** unpacked content of a release; the same sequence gives the same content */
  readonly content: (sequence: number) => Content;
  /** what the product reads at the install path now */
  readonly view: () => unknown;
  /** what it reads when this release is installed; null: what was there before the first install */
  readonly expected: (sequence: number | null) => unknown;
  /** `atomic`: a reader sees the old or the new content at every instant; `mended`: `restore` makes it so */
  readonly swaps: 'atomic' | 'mended';
  /** what the engine says that it runs after the swap; without it, none runs */
  readonly loaded?: (sequence: number) => string;
  /** breaks the installed content as another program would */
  readonly damage: () => void;
};

type Start = 'nothing before' | 'a release before';
const STARTS: readonly Start[] = ['nothing before', 'a release before'];

type Stage = { readonly bench: Bench; readonly job: Job; readonly before: number | null };

export function conformance(name: string, makeBench: (root: string) => Bench, make: PlugInUnder, baseFiles: Files = realPorts.files): void {
  const test = suite(`PlugIn: ${name}`);
  const plugInOn = (files: Files): PlugIn => make({ ...realPorts, files });
  const plugIn = plugInOn(baseFiles);

  const stage = async (start: Start): Promise<Stage> => {
    const root = newFolder();
    const bench = makeBench(root);
    if (start === 'nothing before') return { bench, job: jobOf(bench.component, bench.content(2), null, root), before: null };
    const first = bench.content(1);
    const job = jobOf(bench.component, first, null, root);
    valueOf(await plugIn.swap(job));
    valueOf(await plugIn.confirm(job));
    valueOf(await plugIn.finish({ ...job, component: installedAs(bench.component, first) }));
    const component = installedAs(bench.component, first);
    return { bench, job: jobOf(component, bench.content(2), first, root), before: 1 };
  };
  const done = ({ bench }: Stage): void => rmSync(bench.root, { recursive: true, force: true });

  for (const start of STARTS) {
    test(`with ${start}, test, swap, confirm and finish can each be called twice and end whole`, async () => {
      const s = await stage(start);
      const { bench, job } = s;
      const component = installedAs(job.component, job.next, job.previous);
      valueOf(await plugIn.check(job.component, releaseOf(job.component, job.next)));
      valueOf(await plugIn.license(job.component, releaseOf(job.component, job.next)));
      for (const _ of [1, 2]) valueOf(await plugIn.test(job));
      assert.equal(bench.view(), bench.expected(s.before), 'testing changes nothing');
      for (const _ of [1, 2]) valueOf(await plugIn.swap(job));
      assert.equal(bench.view(), bench.expected(2));
      for (const _ of [1, 2]) assert.is(valueOf(await plugIn.confirm(job)).loaded, bench.loaded?.(2) ?? null);
      for (const _ of [1, 2]) valueOf(await plugIn.finish({ ...job, component }));
      const inventory = valueOf(await plugIn.inventory(component, 'deep', job.signal));
      assert.is(inventory.state, 'whole', inventory.detail);
      assert.equal(inventory.kept.map((c) => c.sequence), s.before === null ? [2] : [2, 1]);
      done(s);
    });

    test(`with ${start}, restore after a whole swap brings back what was there, twice`, async () => {
      const s = await stage(start);
      valueOf(await plugIn.swap(s.job));
      for (const _ of [1, 2]) {
        valueOf(await plugIn.restore(s.job));
        assert.equal(s.bench.view(), s.bench.expected(s.before));
      }
      for (const _ of [1, 2]) valueOf(await plugIn.finish(s.job));
      assert.equal(s.bench.view(), s.bench.expected(s.before));
      const inventory = valueOf(await plugIn.inventory(s.job.component, 'deep', s.job.signal));
      assert.is(inventory.state, s.before === null ? 'absent' : 'whole', inventory.detail);
      done(s);
    });

    test(`with ${start}, restore where nothing was swapped changes nothing`, async () => {
      const s = await stage(start);
      valueOf(await plugIn.restore(s.job));
      assert.equal(s.bench.view(), s.bench.expected(s.before));
      done(s);
    });

    test(`with ${start}, a confirmation before the swap fails with 12`, async () => {
      const s = await stage(start);
      assert.is(whyOf(await plugIn.confirm(s.job)), 'confirm-not-whole');
      done(s);
    });

    test(`with ${start}, a swap killed at any operation is undone by restore, whole`, async () => {
      await sweep(start, async (s) => {
        valueOf(await plugIn.restore(s.job));
        assert.equal(s.bench.view(), s.bench.expected(s.before));
        valueOf(await plugIn.finish(s.job));
      });
    });

    test(`with ${start}, a swap killed at any operation is finished by a second one, whole`, async () => {
      await sweep(start, async (s) => {
        valueOf(await plugIn.swap(s.job));
        valueOf(await plugIn.confirm(s.job));
        assert.equal(s.bench.view(), s.bench.expected(2));
        valueOf(await plugIn.finish({ ...s.job, component: installedAs(s.job.component, s.job.next, s.job.previous) }));
      });
    });

    test(`with ${start}, a restore killed at any operation is finished by a second one, whole`, async () => {
      await sweep(start, async (s) => {
        valueOf(await plugIn.restore(s.job));
        assert.equal(s.bench.view(), s.bench.expected(s.before));
      }, 'restore');
    });

    test(`with ${start}, a finish killed at any operation leaves the new content whole`, async () => {
      await sweep(start, async (s) => {
        const component = installedAs(s.job.component, s.job.next, s.job.previous);
        valueOf(await plugIn.finish({ ...s.job, component }));
        assert.equal(s.bench.view(), s.bench.expected(2));
        assert.is(valueOf(await plugIn.inventory(component, 'deep', s.job.signal)).state, 'whole');
      }, 'finish');
    });

    test(`with ${start}, a disk that is full at any operation of the swap is a failure with 24, and restore mends it`, async () => {
      await sweep(start, async (s) => {
        valueOf(await plugIn.restore(s.job));
        assert.equal(s.bench.view(), s.bench.expected(s.before));
      }, 'swap', 'fail');
    });

    test(`with ${start}, nothing of ours is left beside the content after a killed swap, a restore and a finish`, async () => {
      await sweep(start, async (s) => {
        valueOf(await plugIn.restore(s.job));
        valueOf(await plugIn.finish(s.job));
        const inventory = valueOf(await plugIn.inventory(s.job.component, 'quick', s.job.signal));
        const left = readdirSync(inventory.versions.replace(/\/[^/]*$/, '')).filter((entry) => entry.endsWith('.tmp'));
        assert.equal(left, []);
        assert.is(existsFolder(inventory.versions), s.before !== null);
      });
    });
  }

  /** Does `what` on a file system that stops at operation 0, 1, 2 … until it is not reached any more; `after` sees each wreck. */
  const sweep = async (start: Start, after: (s: Stage) => Promise<unknown>, what: 'swap' | 'restore' | 'finish' = 'swap', end: 'die' | 'fail' = 'die'): Promise<void> => {
    for (let n = 0; ; n++) {
      const s = await stage(start);
      if (what !== 'swap') valueOf(await plugIn.swap(s.job));
      const component = what === 'finish' ? installedAs(s.job.component, s.job.next, s.job.previous) : s.job.component;
      let reached = 0;
      const dying = plugInOn(dyingFiles(baseFiles, n, end, (count) => (reached = count)));
      const ended = await dying[what]({ ...s.job, component }).catch((error: unknown) => {
        if (error instanceof Killed) return undefined;
        throw error;
      });
      const isOver = reached <= n;
      if (s.bench.swaps === 'atomic' && what !== 'finish') {
        const now = JSON.stringify(s.bench.view());
        assert.ok(now === JSON.stringify(s.bench.expected(s.before)) || now === JSON.stringify(s.bench.expected(2)), `neither old nor new: ${now}`);
      }
      if (isOver) valueOf(ended ?? { ok: true, value: undefined });
      else if (end === 'fail') assert.is(ended?.ok === true ? 'ok' : ended?.failure.why, 'swap-disk-full');
      await after(s);
      done(s);
      if (isOver) {
        assert.ok(n > 0, 'nothing was ever changed');
        return;
      }
    }
  };
  test('content that another program breaks is damaged, and a swap of a new release makes it whole', async () => {
    const s = await stage('a release before');
    s.bench.damage();
    assert.is(valueOf(await plugIn.inventory(s.job.component, 'deep', s.job.signal)).state, 'damaged');
    valueOf(await plugIn.swap(s.job));
    valueOf(await plugIn.confirm(s.job));
    assert.equal(s.bench.view(), s.bench.expected(2));
    done(s);
  });

  test('the last two proven contents stay and older ones go; the one before can be swapped in again', async () => {
    const s = await stage('a release before');
    const { bench, job } = s;
    valueOf(await plugIn.swap(job));
    valueOf(await plugIn.confirm(job));
    const second = installedAs(job.component, job.next, job.previous);
    valueOf(await plugIn.finish({ ...job, component: second }));
    const third = { ...job, component: second, next: bench.content(3), previous: job.next };
    valueOf(await plugIn.swap(third));
    valueOf(await plugIn.confirm(third));
    const installed = installedAs(second, third.next, job.next);
    valueOf(await plugIn.finish({ ...third, component: installed }));
    const inventory = valueOf(await plugIn.inventory(installed, 'deep', job.signal));
    assert.equal(inventory.kept.map((c) => c.sequence), [3, 2]);
    assert.not.ok(existsFolder(`${inventory.versions}/1`));
    const [, earlier] = inventory.kept;
    assert.ok(earlier);
    const back = { ...third, component: installed, next: earlier, previous: third.next };
    valueOf(await plugIn.swap(back));
    valueOf(await plugIn.confirm(back));
    valueOf(await plugIn.finish({ ...back, component: installedAs(installed, earlier, third.next) }));
    assert.equal(bench.view(), bench.expected(2));
    assert.equal(valueOf(await plugIn.inventory(installedAs(installed, earlier, third.next), 'deep', job.signal)).kept.map((c) => c.sequence), [3, 2]);
    done(s);
  });

  test('asked twice how its engine fares it says the same, and of an engine that does not run no death', async () => {
    const s = await stage('a release before');
    const ask = async () => (await plugIn.alive?.(s.job.component, 2000, s.job.signal)) ?? { kind: 'none' as const };
    const life = await ask();
    assert.ok(life.kind === 'none' || life.kind === 'stopped', JSON.stringify(life));
    assert.equal(await ask(), life);
    done(s);
  });

  test('a job that was abandoned before its swap leaves only what was proven', async () => {
    const s = await stage('a release before');
    valueOf(await plugIn.finish(s.job));
    const inventory = valueOf(await plugIn.inventory(s.job.component, 'deep', s.job.signal));
    assert.equal([inventory.state, inventory.kept.map((c) => c.sequence)], ['whole', [1]]);
    assert.not.ok(existsFolder(`${inventory.versions}/2`));
    done(s);
  });

  test.run();
}

const existsFolder = (path: string): boolean => realPorts.files.stat(path).ok;
