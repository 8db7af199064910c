import { copyFileSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Behaviour, builtVersion, shim, stamped } from '../../test/support/agent-binaries.ts';
import { buildEpoch } from '../bundle.ts';
import { debPackage } from '../deb.ts';
import { PACKAGED } from '../../src/service/index.ts';
import { Booted } from './booted.ts';
import { ASK, Machine, SITE, STATUS } from './machine.ts';
import { show, step } from './step.ts';

/** Where the releases lie in the container. */
const AGENTS = '/srv/agents';
/** 0.1.0 -> 0.1.3 */
const later = (by: number): string => builtVersion().replace(/\d+$/, (digits) => String(Number(digits) + by));

/** What the package brought: the later ones are still on probation when the next one comes. */
const PROVEN = builtVersion();

const versionOf = (machine: Machine): string => machine.run('glued --version').out.trim().replace('glued ', '');
const DAEMON = /"version":\s*"([^"]+)",\s*"startedAt"/;
const daemonVersion = (machine: Machine): string => DAEMON.exec(machine.run(STATUS).out)?.[1] ?? 'none';

/** glued updates itself under the booted systemd, once well and three times not. `root`: the container's folder. */
export async function selfUpdate(machine: Machine, root: string, folder: string): Promise<void> {
  adopt(machine);
  mkdirSync(join(root, AGENTS), { recursive: true });
  await good(machine, root, folder);
  await crashesInItsFirstRun(machine, root, folder);
  await failsAsTheDaemon(machine, root, folder, 'CRASHES_AS_SERVICE', 3);
  await failsAsTheDaemon(machine, root, folder, 'HANGS_AS_SERVICE', 4);
  withdraw(machine, [2, 3, 4]);
  newerPackage(machine, root, folder);
}

/** docs/self-update.md, "Installed from the Debian package". */
function adopt(machine: Machine): void {
  const done = machine.run(`install -D ${PACKAGED.program} ${PACKAGED.agent} && glued registry add glued --type agent --plugin agent --path ${PACKAGED.agent} --adopt && glued service install && glued repo add ${SITE} glued --type agent --plugin agent`);
  const status = machine.run('glued service status');
  const paths = machine.property('glued.service', 'ReadWritePaths');
  step(`glued keeps itself up to date from now on; the units are still the package's, and may write to ${paths}`, done.code === 0 && /the package's +\S+glued\.service$/m.test(status.out) && !/may not write|not there/.test(status.out), `${done.out}${status.out}`);
}

/** Brings a program into the container and publishes it as glued's next release. */
function publish(machine: Machine, root: string, program: string, version: string): void {
  const inside = `${AGENTS}/${basename(program)}`;
  copyFileSync(program, join(root, inside));
  const done = machine.run(`glued repo publish ${SITE} glued ${inside} --version ${version} --deltas 0`);
  if (done.code !== 0) throw new Error(done.out);
}

/** A release that is the binary of its version to whoever calls it, but for how it behaves. */
function publishBad(machine: Machine, root: string, folder: string, behaviour: Behaviour, version: string): void {
  const real = stamped(folder, version);
  copyFileSync(real, join(root, AGENTS, basename(real)));
  publish(machine, root, shim(folder, behaviour, `${AGENTS}/${basename(real)}`), version);
}

async function good(machine: Machine, root: string, folder: string): Promise<void> {
  const version = later(1);
  machine.run(STATUS);
  const pid = machine.property('glued.service', 'MainPID');
  publish(machine, root, stamped(folder, version), version);
  const [ended, lines] = [machine.events('command-ended').length, machine.events('daemon-started').length];
  machine.run(`${ASK}; ${ASK}; ${ASK}`);
  // nobody asks on the socket here: the new one must come up by itself
  await machine.booted.until("grep -c '\"event\":\"daemon-started\"' /var/log/glued/glued.log", ({ out }) => Number(out) > lines);
  const [isActive, main] = [machine.property('glued.service', 'ActiveState'), machine.property('glued.service', 'MainPID')];
  const starts = machine.events('daemon-started').slice(-2);
  const done = machine.events('command-ended').slice(ended).map((e) => e['code']);
  const seen = `${starts.map((e) => `${e['version']} as ${e['pid']}`).join(', then ')}; the unit is ${isActive}, its main process ${main}; commands before it ended with ${done.join(', ')}`;
  step(`the daemon restarts into a new agent between two commands: ${seen}`, isActive === 'active' && main !== pid && main !== '0' && starts.at(-1)?.['version'] === version && done.join() === '0,0,0', () => machine.story());
  step(`and glued --version says ${versionOf(machine)}, the daemon ${daemonVersion(machine)}`, versionOf(machine) === version && daemonVersion(machine) === version, () => machine.story());
  const why = machine.events('daemon-ended').at(-1);
  step(`the log goes on: "${String(why?.['why'])}" at ${String(why?.['at'])}, started at ${String(starts.at(-1)?.['at'])}`, why?.['why'] === 'its program was replaced');
  step('the new agent updates content', await machine.updates('by a new agent'), () => machine.story());
}

async function crashesInItsFirstRun(machine: Machine, root: string, folder: string): Promise<void> {
  const version = later(2);
  const before = machine.events('command-ended').length;
  publishBad(machine, root, folder, 'CRASHES_AT_WORK', version);
  machine.run(ASK);
  await machine.booted.until("grep -c '\"event\":\"command-ended\"' /var/log/glued/glued.log", ({ out }) => Number(out) > before);
  const told = machine.run('glued status --json').out;
  const why = /"text": "([^"]*did not prove itself[^"]*)"/.exec(told)?.[1] ?? '';
  step(`an agent that crashes in its first run is taken back, the last proven one is here, ${versionOf(machine)}: "${why}"`, why !== '' && versionOf(machine) === PROVEN, () => machine.story());
  await goesOn(machine, 'after a crash');
}

/** As in the package, but for the times: otherwise each of these takes minutes. */
const QUICK = '[Unit]\\nStartLimitBurst=5\\n[Service]\\nRestartSec=1\\nTimeoutStartSec=3\\n';

/** A release that proves itself, and shows what it is only when systemd starts it as the daemon. */
async function failsAsTheDaemon(machine: Machine, root: string, folder: string, behaviour: Behaviour, by: number): Promise<void> {
  machine.run(`mkdir -p /run/systemd/system/glued.service.d && printf '${QUICK}' > /run/systemd/system/glued.service.d/90-check.conf && systemctl daemon-reload && systemctl reset-failed`);
  const since = machine.run('date +%s').out.trim();
  publishBad(machine, root, folder, behaviour, later(by));
  machine.run(ASK);
  const failed = await machine.booted.until(`journalctl --since=@${since} -u glued-failed.service --no-pager -o cat`, ({ out }) => /Finished|Failed to start/.test(out));
  const results = machine.run(`journalctl --since=@${since} -u glued.service --no-pager -o cat | grep -o "Failed with result '[a-z-]*'" | sort | uniq -c`).out.trim().replace(/\s+/g, ' ');
  step(`an agent that ${behaviour} is undone by the one before it after systemd has seen it fail (${results}): glued is ${versionOf(machine)}`, /Failed with result/.test(results) && versionOf(machine) === PROVEN, () => `${failed.out}${machine.story()}`);
  show(failed.out.split('\n').filter((line) => /^glued |probation-|service$/.test(line)).join('\n'));
  const socket = machine.property('glued.socket', 'ActiveState');
  step(`the socket is ${socket}, and a request starts the daemon of glued ${daemonVersion(machine)}`, socket === 'active' && daemonVersion(machine) === PROVEN, () => machine.story());
  await goesOn(machine, `after ${behaviour}`);
  machine.run('rm -r /run/systemd/system/glued.service.d && systemctl daemon-reload && systemctl reset-failed');
}

/**
 * A power cut in the first run of an agent that hangs there: it is in place, nobody watches it any more, and the next boot starts it. Gives the
 * machine that runs then.
 */
export async function cutInItsFirstRun(machine: Machine, root: string, folder: string): Promise<Machine> {
  const version = later(5);
  machine.run(`printf '${QUICK}' > /etc/systemd/system/glued.service.d/90-check.conf && systemctl daemon-reload`);
  await machine.serve();
  publishBad(machine, root, folder, 'HANGS_AT_WORK', version);
  machine.run(ASK);
  const running = await machine.booted.until(`glued --version | grep -qF ${version} && grep -lae '[-]-no-daemon' /proc/[0-9]*/cmdline`, ({ code }) => code === 0);
  step(`glued ${versionOf(machine)} hangs in its first run when there is a power cut`, running.code === 0 && versionOf(machine) === version, () => machine.story());
  await machine.booted.powerCut();
  const next = new Machine(await Booted.boot(root));
  await next.serve();
  next.run('systemctl --no-block start glued.service');
  await next.booted.until('journalctl -b -u glued-failed.service --no-pager -o cat', ({ out }) => /Finished/.test(out));
  step(`the next boot starts it, systemd sees it hang, and the agent before undoes it: glued is ${versionOf(next)}, its daemon ${daemonVersion(next)}`, versionOf(next) !== version && daemonVersion(next) === versionOf(next), () => next.story());
  withdraw(next, [5]);
  step('and content is updated', await next.updates('after a first run that was cut'), () => next.story());
  next.run('rm /etc/systemd/system/glued.service.d/90-check.conf && systemctl daemon-reload');
  return next;
}

/** A machine tries a release that failed again under another policy, and later checks change it. */
function withdraw(machine: Machine, releases: readonly number[]): void {
  for (const release of releases) {
    const revoked = machine.run(`glued repo revoke ${SITE} glued ${release} --reason 'it fails'`);
    if (revoked.code !== 0) throw new Error(revoked.out);
  }
}

/** Content is updated, by a daemon that is active; with it comes the newest agent that did not fail. */
async function goesOn(machine: Machine, text: string): Promise<void> {
  const isUpdated = await machine.updates(text);
  await machine.booted.until(STATUS, ({ out }) => DAEMON.exec(out)?.[1] === later(1));
  const state = machine.property('glued.service', 'ActiveState');
  step(`content is updated ${text}, the unit is ${state}, the daemon glued ${daemonVersion(machine)}`, isUpdated && state === 'active' && daemonVersion(machine) === later(1), () => machine.story());
}

/** A package that is newer than what glued made of itself is what runs after its upgrade; the same one again is not. */
function newerPackage(machine: Machine, root: string, folder: string): void {
  const version = later(9);
  const into = join(folder, 'newer');
  mkdirSync(into);
  copyFileSync(debPackage(stamped(folder, version), into, buildEpoch()), join(root, 'root', 'newer.deb'));
  const upgraded = machine.run('dpkg --install /root/newer.deb');
  step(`after the upgrade to a package of ${version} glued is ${versionOf(machine)}, its daemon ${daemonVersion(machine)}`, upgraded.code === 0 && versionOf(machine) === version && daemonVersion(machine) === version, () => `${upgraded.out}${machine.story()}`);
}
