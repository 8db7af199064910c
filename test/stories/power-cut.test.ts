import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, existsSync, fsyncSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Command, finish, TwoComponents } from '../support/two-components.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const GLUED: Command = [join(ROOT, 'node_modules/.bin/node'), join(ROOT, 'dist/glued.mjs')];
/** every so many calls of rename and fsync the power is cut */
const STRIDE = 6;
/** a run makes 86 calls */
const LEAST_CUTS = 12;
/** without auto_da_alloc a missing fsync shows; commit=300 keeps the kernel from writing by itself */
const MOUNT = ['-o', 'loop,noauto_da_alloc,commit=300'];

const tools = mkdtempSync(join(tmpdir(), 'glued-power-'));
const shim = join(tools, 'shim.so');

/** An ext4 image can be made and mounted here, or why not. */
function probe(): string | undefined {
  if (process.getuid?.() !== 0) return 'not root, so nothing can be mounted';
  if (spawnSync('gcc', ['-shared', '-fPIC', '-o', shim, join(ROOT, 'test/support/kill-shim.c'), '-ldl']).status !== 0) return 'no gcc to build the shim';
  if (!existsSync(join(ROOT, 'dist/glued.mjs'))) return 'dist/glued.mjs was not built';
  const image = join(tools, 'probe.img');
  const point = join(tools, 'probe');
  mkdirSync(point);
  const made = spawnSync('sh', ['-c', `truncate -s 16M ${image} && mkfs.ext4 -q ${image} && mount ${MOUNT.join(' ')} ${image} ${point} && umount ${point}`], { encoding: 'utf8' });
  return made.status === 0 ? undefined : `no loop mount of ext4 here: ${made.stderr.trim()}`;
}

/** The disk as it was at this moment, unwritten data lost: another file's fsync commits the journal, the image is copied as it is. */
function cutPower(image: string, point: string, crashed: string): void {
  const other = openSync(join(point, 'another-file'), 'w');
  writeSync(other, 'x');
  fsyncSync(other);
  closeSync(other);
  execFileSync('cp', ['--sparse=always', image, crashed]);
  execFileSync('umount', [point]);
  execFileSync('mount', [...MOUNT, crashed, point]);
}

const test = suite('power cut');
test.after(() => rmSync(tools, { recursive: true, force: true }));

const missing = probe();
if (missing !== undefined) console.log(`SKIP: power cut: ${missing}`);
else {
  test('a power cut at any stage of a run leaves old or new content, whole, and the next run ends well', async () => {
    const world = new TwoComponents(GLUED);
    const image = join(tools, 'disk.img');
    const crashed = join(tools, 'crashed.img');
    const base = join(tools, 'base.img');
    let mounted = false;
    try {
      await world.setUp();
      execFileSync('sh', ['-c', `truncate -s 96M ${base} && mkfs.ext4 -q ${base}`]);
      execFileSync('mount', [...MOUNT, base, world.machine]);
      world.reset();
      execFileSync('umount', [world.machine]);
      /** 'ended': the run made fewer calls than that, and its end is what the power was cut after. */
      const once = async (at: number): Promise<'cut' | 'ended'> => {
        execFileSync('cp', ['--sparse=always', base, image]);
        execFileSync('mount', [...MOUNT, image, world.machine]);
        mounted = true;
        const ran = await finish(world.run, { LD_PRELOAD: shim, KILL_AT: String(at) });
        assert.ok(ran.code === 0 || ran.signal === 'SIGKILL', `the run to be cut at ${at}: ${ran.code} ${ran.signal} ${ran.stderr}`);
        cutPower(image, world.machine, crashed);
        const now = world.installed();
        if (ran.code === 0) assert.equal(now, world.fresh, 'a run that said updated lost content in a power cut');
        now.forEach((d, c) => assert.ok(d === world.old[c] || d === world.fresh[c], `after the cut at ${at}: component ${c} is neither old nor new`));
        const next = await finish(world.run);
        assert.is(next.code, 0, `after the cut at ${at}: ${next.stdout}${next.stderr}`);
        assert.equal(world.installed(), world.fresh, `after the cut at ${at} and a run`);
        execFileSync('umount', [world.machine]);
        mounted = false;
        return ran.code === 0 ? 'ended' : 'cut';
      };
      let cuts = 1;
      // how many calls a run makes depends on the server too: a download that is tried again makes more
      for (let at = 1; (await once(at)) === 'cut'; at += STRIDE) cuts += 1;
      assert.ok(cuts >= LEAST_CUTS, `${cuts} cuts`);
      console.log(`\nNOTE: power cut: ${cuts} cuts on ext4, every one recovered`);
    } finally {
      if (mounted) spawnSync('umount', [world.machine]);
      world.tearDown();
    }
  });
}

test.run();
