import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Booted } from './deb-check/booted.ts';
import { boots } from './deb-check/boots.ts';
import { CleanRoot, SUITE } from './deb-check/clean-root.ts';
import { crashLoop } from './deb-check/crash-loop.ts';
import { Machine } from './deb-check/machine.ts';
import { packageItself, unbooted } from './deb-check/package.ts';
import { cutInItsFirstRun, selfUpdate } from './deb-check/self-update.ts';
import { installed, purged, upgraded } from './deb-check/service.ts';
import { ran, step, sum } from './deb-check/step.ts';

const PROGRAMS = ['debootstrap', 'lintian', 'dpkg-deb', 'systemd-nspawn', 'nsenter', 'unshare', 'gcc'];

/** The package in one Debian: as it is installed, then under systemd, over some boots, until it is purged. */
async function booted(root: CleanRoot, deb: string, folder: string): Promise<void> {
  const prepared = root.run('apt-get install -y -qq --no-install-recommends systemd systemd-sysv dbus curl', 'host');
  step('a Debian with systemd', prepared.code === 0, prepared.out);
  const inside = `/root/${basename(deb)}`;
  let machine = new Machine(await Booted.boot(root.folder));
  try {
    await installed(machine, inside);
    await selfUpdate(machine, root.folder, folder);
    upgraded(machine, inside);
    await crashLoop(machine);
    machine = await cutInItsFirstRun(machine, root.folder, folder);
    machine = await boots(machine, root.folder);
    purged(machine);
  } finally {
    await machine.booted.end();
  }
}

if (import.meta.main) {
  const missing = PROGRAMS.filter((name) => ran('/bin/sh', ['-c', `command -v ${name}`]).code !== 0);
  if (missing.length > 0 || process.getuid?.() !== 0) throw new Error(`deb-check is for root on a Debian with debootstrap, lintian, systemd-container, gcc; missing: ${missing.join(', ')}`);
  // what is to be removed is removed by listeners of 'exit'
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
  const folder = mkdtempSync(join(tmpdir(), 'glued-deb-check-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const deb = packageItself(folder);
  const root = new CleanRoot();
  step(`debootstrap made a clean ${SUITE}: ${readdirSync(root.folder).length} folders`, existsSync(join(root.folder, 'usr', 'bin', 'dpkg')));
  unbooted(root, deb);
  await booted(root, deb, folder);
  process.stdout.write(`${sum()}\n`);
}
