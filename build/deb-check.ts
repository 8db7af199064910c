import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { buildEpoch } from './bundle.ts';
import { debPackage } from './deb.ts';
import { at } from './support/root.ts';

/** What a machine is when its administrator has done nothing: Debian's own base, and with systemd as it boots. */
const SUITE = 'bookworm';
const MIRROR = process.env['DEBIAN_MIRROR'] ?? 'http://deb.debian.org/debian';
const BOOT_MS = 60_000;

type Ran = { readonly code: number; readonly out: string };

/** One step, in words; it fails with what was said. */
function step(what: string, holds: boolean, said = ''): void {
  process.stdout.write(`${holds ? 'ok  ' : 'FAIL'} ${what}\n`);
  if (!holds) throw new Error(`${what}\n${said}`);
}

function ran(program: string, args: readonly string[]): Ran {
  const done = spawnSync(program, [...args], { encoding: 'utf8', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' }, maxBuffer: 64 * 1024 * 1024 });
  return { code: done.status ?? 1, out: `${done.stdout ?? ''}${done.stderr ?? ''}${done.error?.message ?? ''}` };
}

/** A clean Debian in a folder of its own, which can be entered without being booted. */
class CleanRoot {
  readonly folder = mkdtempSync(join(tmpdir(), 'glued-debian-'));

  constructor() {
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

  end(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The same Debian, booted by systemd in a container. */
class Booted {
  private readonly container: ChildProcess;
  private readonly pid: string;

  private constructor(container: ChildProcess, pid: string) {
    this.container = container;
    this.pid = pid;
  }

  static async boot(folder: string): Promise<Booted> {
    const container = spawn('systemd-nspawn', ['--quiet', '--directory', folder, '--register=no', '--keep-unit', '--private-network', '--console=pipe', '--boot'], { stdio: 'ignore' });
    const end = performance.now() + BOOT_MS;
    let last = '';
    while (performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      const [pid] = ran('ps', ['-o', 'pid=', '--ppid', String(container.pid)]).out.trim().split(/\s+/);
      if (pid === undefined || pid === '') continue;
      last = pid;
      const booted = new Booted(container, pid);
      if (/running|degraded/.test(booted.run('systemctl is-system-running').out)) return booted;
    }
    // its init: the container ends with it
    if (last !== '') process.kill(Number(last), 'SIGKILL');
    throw new Error('systemd did not boot in a container');
  }

  run(script: string): Ran {
    return ran('nsenter', ['--target', this.pid, '--mount', '--uts', '--ipc', '--net', '--pid', '--root', '--wd', '/bin/sh', '-ec', script]);
  }

  /** Every try until it holds, or the patience is over. */
  async until(script: string, holds: (said: Ran) => boolean): Promise<Ran> {
    let said = this.run(script);
    for (let tries = 0; tries < 100 && !holds(said); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      said = this.run(script);
    }
    return said;
  }

  async end(): Promise<void> {
    const gone = new Promise((resolve) => this.container.on('exit', resolve));
    this.run('systemctl --no-block poweroff');
    const timer = setTimeout(() => process.kill(Number(this.pid), 'SIGKILL'), 20_000);
    await gone;
    clearTimeout(timer);
  }
}

const STATUS = 'curl -s --fail --unix-socket /run/glued/glued.sock http://glued/v1/status';
const FIRST_RUN = 'sh /usr/share/doc/glued/examples/first-run/first-run.sh';
/** What purging may leave: the administrator's policy and what lies where content is installed. */
const LEFT = "find / -xdev \\( -path /proc -o -path /srv -o -path /root -o -path /tmp \\) -prune -o -name '*glued*' -print";

function packageItself(folder: string): string {
  const program = at('dist', 'glued');
  const again = join(folder, 'again');
  mkdirSync(again);
  const [first, second] = [debPackage(program, folder, buildEpoch()), debPackage(program, again, buildEpoch())];
  const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
  step(`built twice it is the same file: ${basename(first)} ${sha256(first)}`, sha256(first) === sha256(second));
  const lint = ran('lintian', ['--allow-root', '--fail-on', 'error', first]);
  process.stdout.write(lint.out.replace(/^/gm, '     ').trimEnd().concat('\n'));
  step('lintian finds no error', lint.code === 0, lint.out);
  return first;
}

/** Without an init system: installed, run from its sample policy, removed, purged. */
function unbooted(root: CleanRoot, deb: string): void {
  copyFileSync(deb, join(root.folder, 'root', basename(deb)));
  const installed = root.run(`apt-get update -qq && apt-get install -y -qq --no-install-recommends /root/${basename(deb)} iproute2`, 'host');
  step('apt installs it in a clean Debian without systemd', installed.code === 0, installed.out);
  const run = root.run(FIRST_RUN);
  step('the first run works from its sample policy', run.code === 0 && /^All well: /m.test(run.out) && /^rules, first$/m.test(run.out), run.out);
  process.stdout.write(run.out.split('\n').filter((line) => /^(Updated|All well|demo |rules)/.test(line)).map((line) => `     ${line}\n`).join(''));
  const removed = root.run('dpkg --remove glued && test -e /var/lib/glued/status.json');
  step('removing it keeps state and log', removed.code === 0, removed.out);
  const purged = root.run(`dpkg --purge glued; rm -r /etc/glued; ${LEFT}`);
  step('purging it leaves nothing but the policy', purged.code === 0 && !/^\//m.test(purged.out), purged.out);
  root.run('rm -r /srv/glued-first-run');
}

/** With systemd: units started by the package, socket activation, a hardened run, an upgrade, a boot, a purge. */
async function booted(root: CleanRoot, deb: string): Promise<void> {
  const prepared = root.run('apt-get install -y -qq --no-install-recommends systemd systemd-sysv dbus curl', 'host');
  step('a Debian with systemd', prepared.code === 0, prepared.out);
  const one = await Booted.boot(root.folder);
  try {
    const installed = one.run(`dpkg --install /root/${basename(deb)}`);
    step('dpkg installs it while systemd runs', installed.code === 0, installed.out);
    const units = one.run('systemctl is-active glued.socket glued.timer; systemctl is-enabled glued.socket glued.timer glued-recover.service');
    step('socket and timer are active, recover is enabled', units.out.trim().split('\n').join(' ') === 'active active enabled enabled enabled', units.out);
    const first = one.run(FIRST_RUN);
    step('the first run goes through the daemon that the socket started, with nobody logged in', first.code === 0 && /^rules, first$/m.test(first.out), first.out);
    const status = one.run('glued service status');
    step('service status: the units are the package\'s, and everything is covered', status.code === 0 && /the package's/.test(status.out) && !/may not write|not there/.test(status.out), status.out);
    process.stdout.write(status.out.replace(/^/gm, '     ').trimEnd().concat('\n'));
    await secondRelease(one);
    const running = one.run(`${STATUS} && systemctl is-active glued.service`);
    const upgraded = one.run(`dpkg --install /root/${basename(deb)} && systemctl is-active glued.socket glued.timer && ${STATUS}`);
    step('an upgrade beside a running daemon goes through, and a request starts the new one', running.code === 0 && upgraded.code === 0, `${running.out}${upgraded.out}`);
    const again = one.run(`glued service install && systemctl is-active glued.socket glued.timer && ${STATUS}`);
    step('service install beside a running daemon too', again.code === 0, again.out);
  } finally {
    await one.end();
  }
  const two = await Booted.boot(root.folder);
  try {
    const recover = two.run('systemctl show --property=Result,ExecMainStatus,ConditionResult glued-recover.service; journalctl -b -u glued-recover.service --no-pager -o cat');
    step('at the next boot recover ran, and did not fail', /^Result=success$/m.test(recover.out) && /^ExecMainStatus=0$/m.test(recover.out), recover.out);
    const after = two.run(`systemctl is-active glued.socket glued.timer && ${STATUS}`);
    step('a request starts the daemon after the boot', after.code === 0 && /glued\.status\/1/.test(after.out), after.out);
    const modes = two.run('stat -c %a:%U /run/glued /run/glued/glued.sock');
    step('the socket is 0600 in a folder of 0700, root\'s', modes.out === '700:root\n600:root\n', modes.out);
    const purged = two.run(`dpkg --purge glued && systemctl daemon-reload; rm -r /etc/glued; systemctl list-units --all --no-legend 'glued*'; ${LEFT}`);
    step('purging it while systemd runs stops it and leaves nothing', !/glued/.test(purged.out.replace(/^.*(Removing|Purging|warning).*$/gm, '')), purged.out);
  } finally {
    await two.end();
  }
}

/** A release that comes later is installed by the daemon, under the unit's limits, in the folder that service install made writable. */
async function secondRelease(machine: Booted): Promise<void> {
  const home = '/srv/glued-first-run';
  machine.run(`systemd-run --quiet --unit=content glued repo serve ${home}/site --port 8080; echo "rules, second" > ${home}/rules.txt; glued repo publish ${home}/site demo ${home}/rules.txt --version 1.1`);
  await machine.until('curl -s --fail http://127.0.0.1:8080/metadata/timestamp.json', ({ code }) => code === 0);
  const asked = machine.run("systemctl stop glued.service; curl -s --fail --unix-socket /run/glued/glued.sock -d '{}' http://glued/v1/run");
  const content = await machine.until(`cat ${home}/live.txt`, ({ out }) => out === 'rules, second\n');
  const log = machine.run('journalctl -u glued.service --no-pager -o cat | tail -30; glued status; tail -5 /var/log/glued/glued.log');
  step('the daemon under its limits installs a second release', content.out === 'rules, second\n', `${asked.out}${content.out}${log.out}`);
  const limits = machine.run('systemctl show --property=ProtectSystem,NoNewPrivileges,ReadWritePaths glued.service');
  step('and those limits were in force', /ProtectSystem=strict/.test(limits.out) && /NoNewPrivileges=yes/.test(limits.out) && limits.out.includes(home), limits.out);
}

if (import.meta.main) {
  const missing = ['debootstrap', 'lintian', 'dpkg-deb', 'systemd-nspawn', 'nsenter', 'unshare'].filter((name) => ran('/bin/sh', ['-c', `command -v ${name}`]).code !== 0);
  if (missing.length > 0 || process.getuid?.() !== 0) throw new Error(`deb-check is for root on a Debian with debootstrap, lintian, systemd-container; missing: ${missing.join(', ')}`);
  const folder = mkdtempSync(join(tmpdir(), 'glued-deb-check-'));
  const began = performance.now();
  let root: CleanRoot | undefined;
  try {
    const deb = packageItself(folder);
    root = new CleanRoot();
    step(`debootstrap made a clean ${SUITE}: ${readdirSync(root.folder).length} folders`, existsSync(join(root.folder, 'usr', 'bin', 'dpkg')));
    unbooted(root, deb);
    await booted(root, deb);
    process.stdout.write(`deb-check: everything holds, after ${Math.round((performance.now() - began) / 1000)} s\n`);
  } finally {
    root?.end();
    rmSync(folder, { recursive: true, force: true });
  }
}
