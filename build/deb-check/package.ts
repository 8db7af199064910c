import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildEpoch } from '../bundle.ts';
import { debPackage } from '../deb.ts';
import { at } from '../support/root.ts';
import type { CleanRoot } from './clean-root.ts';
import { FIRST_RUN } from './machine.ts';
import { ran, show, step } from './step.ts';

/** What purging may leave: the administrator's policy and what lies where content is installed. */
export const LEFT = "find / -xdev \\( -path /proc -o -path /srv -o -path /root -o -path /tmp \\) -prune -o -name '*glued*' -print";

/** The package, made twice, and what lintian says of it. */
export function packageItself(folder: string): string {
  const program = at('dist', 'glued');
  const again = join(folder, 'again');
  mkdirSync(again);
  const [first, second] = [debPackage(program, folder, buildEpoch()), debPackage(program, again, buildEpoch())];
  const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
  step(`built twice it is the same file: ${basename(first)} ${sha256(first)}`, sha256(first) === sha256(second));
  const lint = ran('lintian', ['--allow-root', '--fail-on', 'error', first]);
  show(lint.out);
  step('lintian finds no error', lint.code === 0, lint.out);
  return first;
}

/** Without an init system: installed, run from its sample policy, removed, purged. */
export function unbooted(root: CleanRoot, deb: string): void {
  copyFileSync(deb, join(root.folder, 'root', basename(deb)));
  const installed = root.run(`apt-get update -qq && apt-get install -y -qq --no-install-recommends /root/${basename(deb)} iproute2`, 'host');
  step('apt installs it in a clean Debian without systemd', installed.code === 0, installed.out);
  const run = root.run(FIRST_RUN);
  step('the first run works from its sample policy', run.code === 0 && /^All well: /m.test(run.out) && /^rules, first$/m.test(run.out), run.out);
  show(run.out.split('\n').filter((line) => /^(Updated|All well|demo |rules)/.test(line)).join('\n'));
  const removed = root.run('dpkg --remove glued && test -e /var/lib/glued/status.json');
  step('removing it keeps state and log', removed.code === 0, removed.out);
  const purged = root.run(`dpkg --purge glued; rm -r /etc/glued; ${LEFT}`);
  step('purging it leaves nothing but the policy', purged.code === 0 && !/^\//m.test(purged.out), purged.out);
  root.run('rm -r /srv/glued-first-run');
}
