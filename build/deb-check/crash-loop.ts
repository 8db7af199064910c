import { type Machine, STATUS } from './machine.ts';
import { step } from './step.ts';

/** More than the unit's own limit of starts. */
const MOST_KILLS = 15;
/** The units' own times, shortened: otherwise a tick comes each quarter of an hour. */
const QUICK_TICK = '[Timer]\\nOnCalendar=\\nOnCalendar=*:*:0/5\\nRandomizedDelaySec=0\\nAccuracySec=1s\\n';
const QUICK_LIMIT = '[Unit]\\nStartLimitIntervalSec=20\\n[Service]\\nRestartSec=1\\n';

/** `kill -9` of the daemon, again and again: what systemd then makes of service, socket and timer. */
export async function crashLoop(machine: Machine): Promise<void> {
  machine.run('systemctl reset-failed');
  const kills = await killUntilRefused(machine);
  await machine.booted.until('systemctl is-active glued.socket', ({ out }) => out === 'active\n');
  const after = machine.run('journalctl -b -u glued-failed.service --no-pager -o cat').out;
  const seen = `glued.socket ${state(machine, 'glued.socket')}, glued.timer ${state(machine, 'glued.timer')}, glued.service ${state(machine, 'glued.service')}`;
  step(`killed ${kills} times, systemd starts it no more, and glued-failed.service opens the socket again: ${seen}`, state(machine, 'glued.socket') === 'active' && state(machine, 'glued.timer') === 'active' && /Finished/.test(after), () => machine.story());
  const asked = machine.run(STATUS);
  step(`a request starts the daemon: ${state(machine, 'glued.service')}`, asked.code === 0 && state(machine, 'glued.service') === 'active', () => machine.story());
  await withoutHelp(machine);
}

/** The same where that unit cannot help: the timer's next tick brings back both. */
async function withoutHelp(machine: Machine): Promise<void> {
  dropIn(machine, 'glued.service', QUICK_LIMIT);
  machine.run('printf \'{"schedule": {"everyMinutes": 1, "splayMinutes": 0}}\' > /etc/glued/policy.d/90-check.json; systemctl mask --runtime glued-failed.service; systemctl reset-failed; systemctl stop glued.timer');
  const kills = await killUntilRefused(machine);
  const failed = `glued.service ${state(machine, 'glued.service')}, glued.socket ${state(machine, 'glued.socket')}`;
  machine.publish('by a tick');
  dropIn(machine, 'glued.timer', QUICK_TICK);
  machine.run('systemctl start glued.timer');
  const isUpdated = await machine.has('by a tick');
  const seen = `content is updated, glued.service ${state(machine, 'glued.service')}, glued.socket ${state(machine, 'glued.socket')}`;
  step(`without it, after ${kills} kills: ${failed}; by the timer alone: ${seen}`, isUpdated && failed.includes('failed') && state(machine, 'glued.socket') === 'active' && machine.run(STATUS).code === 0, () => machine.story());
  machine.run('rm -r /etc/glued/policy.d/90-check.json /run/systemd/system/glued.service.d /run/systemd/system/glued.timer.d; systemctl unmask --runtime glued-failed.service; systemctl daemon-reload; systemctl restart glued.timer');
}

/** Starts it and kills it until it is started no more; how often that was. */
async function killUntilRefused(machine: Machine): Promise<number> {
  for (let kills = 0; kills < MOST_KILLS; kills++) {
    if (machine.run('systemctl start glued.service').code !== 0) return kills;
    machine.run('systemctl kill --kill-whom=main --signal=KILL glued.service');
    await machine.booted.until('systemctl is-active glued.service || true', ({ out }) => out !== 'active\n');
  }
  return MOST_KILLS;
}

const state = (machine: Machine, unit: string): string => machine.property(unit, 'ActiveState');

function dropIn(machine: Machine, unit: string, text: string): void {
  machine.run(`mkdir -p /run/systemd/system/${unit}.d && printf '${text}' > /run/systemd/system/${unit}.d/90-check.conf && systemctl daemon-reload`);
}
