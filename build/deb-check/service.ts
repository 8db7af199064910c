import { FIRST_RUN, HOME, type Machine, STATUS } from './machine.ts';
import { LEFT } from './package.ts';
import { show, step } from './step.ts';

/** Units started by the package, socket activation, a hardened run. `deb`: the package's path on that machine. */
export async function installed(machine: Machine, deb: string): Promise<void> {
  const put = machine.run(`dpkg --install ${deb}`);
  step('dpkg installs it while systemd runs', put.code === 0, put.out);
  const units = machine.run('systemctl is-active glued.socket glued.timer; systemctl is-enabled glued.socket glued.timer glued-recover.service');
  step('socket and timer are active, recover is enabled', units.out.trim().split('\n').join(' ') === 'active active enabled enabled enabled', units.out);
  const first = machine.run(FIRST_RUN);
  step('the first run goes through the daemon that the socket started, with nobody logged in', first.code === 0 && /^rules, first$/m.test(first.out), first.out);
  const status = machine.run('glued service status');
  step('service status: the units are the package\'s, and everything is covered', status.code === 0 && /the package's/.test(status.out) && !/may not write|not there/.test(status.out), status.out);
  show(status.out);
  await machine.serve();
  machine.run('systemctl stop glued.service');
  step('the daemon under its limits installs a second release', await machine.updates('second'), () => machine.story());
  const limits = machine.run('systemctl show --property=ProtectSystem,NoNewPrivileges,ReadWritePaths glued.service');
  step(`and those limits were in force: ${limits.out.trim().split('\n').join(', ')}`, /ProtectSystem=strict/.test(limits.out) && /NoNewPrivileges=yes/.test(limits.out) && limits.out.includes(HOME), limits.out);
}

/** The same package again, and `service install`, beside a daemon that runs. */
export function upgraded(machine: Machine, deb: string): void {
  const running = machine.run(`${STATUS} && systemctl is-active glued.service`);
  const again = machine.run(`dpkg --install ${deb} && systemctl is-active glued.socket glued.timer && ${STATUS}`);
  step('an upgrade beside a running daemon goes through, and a request starts the new one', running.code === 0 && again.code === 0, `${running.out}${again.out}`);
  const service = machine.run(`glued service install && systemctl is-active glued.socket glued.timer && ${STATUS}`);
  step('service install beside a running daemon too', service.code === 0, service.out);
}

/** What is left when it goes while everything runs. */
export function purged(machine: Machine): void {
  const modes = machine.run('stat -c %a:%U /run/glued /run/glued/glued.sock');
  step(`the socket is 0600 in a folder of 0700, root's: ${modes.out.trim().split('\n').join(' ')}`, modes.out === '700:root\n600:root\n', modes.out);
  const gone = machine.run(`dpkg --purge glued && systemctl daemon-reload; rm -r /etc/glued; systemctl list-units --all --no-legend 'glued*'; ${LEFT}`);
  step('purging it while systemd runs stops it and leaves nothing', !/glued/.test(gone.out.replace(/^.*(Removing|Purging|warning).*$/gm, '')), gone.out);
}
