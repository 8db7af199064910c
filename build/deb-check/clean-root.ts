import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ran, ran } from './step.ts';

/** What a machine is when its administrator has done nothing: Debian's own base. */
export const SUITE = 'bookworm';
const MIRROR = process.env['DEBIAN_MIRROR'] ?? 'http://deb.debian.org/debian';

/** A clean Debian in a folder of its own, which can be entered without being booted. */
export class CleanRoot {
  readonly folder = mkdtempSync(join(tmpdir(), 'glued-debian-'));

  constructor() {
    process.on('exit', this.end);
    // it becomes a machine's /, which is for everybody to pass
    chmodSync(this.folder, 0o755);
    execFileSync('debootstrap', ['--variant=minbase', SUITE, this.folder, MIRROR], { stdio: ['ignore', 'ignore', 'inherit'] });
    copyFileSync('/etc/resolv.conf', join(this.folder, 'etc', 'resolv.conf'));
  }

  /** in its own network: only loopback, so that nothing meets the host's services */
  run(script: string, network: 'own' | 'host' = 'own'): Ran {
    const enter = ['chroot', this.folder, '/bin/sh', '-ec', script];
    return network === 'host' ? ran('chroot', enter.slice(1)) : ran('unshare', ['--net', '--pid', '--fork', '--kill-child', '/bin/sh', '-c', 'ip link set lo up 2>/dev/null || ifconfig lo up; exec "$@"', 'sh', ...enter]);
  }

  readonly end = (): void => {
    rmSync(this.folder, { recursive: true, force: true });
  };
}
