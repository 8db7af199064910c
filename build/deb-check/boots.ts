import { Booted } from './booted.ts';
import { ASK, HOME, Machine, STATUS } from './machine.ts';
import { step } from './step.ts';

/** An engine by a name that glued knows: it starts at boot, and does nothing. */
const ENGINE = '[Unit]\\nDescription=an engine\\n[Service]\\nType=oneshot\\nRemainAfterExit=yes\\nExecStart=/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n';
/** A content test that takes as long as the machine lives, so that a run is in its middle when that ends. */
const SLOW_TEST = `#!/bin/sh\\ntouch ${HOME}/testing\\n[ ! -e ${HOME}/slow ] || sleep 600\\n`;

/** By then a tick comes at every boot. */
const ON_BOOT_SECONDS = 120;

/** Ends the machine in the middle of a run, and starts it again; then what stands at boot. Gives the machine that runs at the end. */
export async function boots(machine: Machine, folder: string): Promise<Machine> {
  machine.run(`printf '${ENGINE}' > /etc/systemd/system/suricata.service && systemctl enable --quiet suricata.service`);
  machine.run(`printf '${SLOW_TEST}' > ${HOME}/test.sh && chmod 755 ${HOME}/test.sh && glued registry add demo --type av --plugin files --path ${HOME}/live.txt --set TestCommand=${HOME}/test.sh`);
  const cut = await inTheMiddle(machine, folder, 'power cut', 'a power cut');
  const rebooted = await inTheMiddle(cut, folder, 'reboot', 'systemctl reboot');
  // the timer's last tick was long ago, as if the machine had been off
  rebooted.run(`systemctl stop glued.timer && touch -d '2 hours ago' /var/lib/systemd/timers/stamp-glued.timer && mkdir -p /etc/systemd/system/glued.timer.d && printf '[Timer]\\nRandomizedDelaySec=0\\n' > /etc/systemd/system/glued.timer.d/90-check.conf`);
  await rebooted.booted.end();
  const last = new Machine(await Booted.boot(folder));
  await missedTick(last);
  return last;
}

async function inTheMiddle(machine: Machine, folder: string, how: 'power cut' | 'reboot', before: string): Promise<Machine> {
  await machine.serve();
  const old = machine.run(`cat ${HOME}/live.txt`).out;
  machine.run(`touch ${HOME}/slow; rm -f ${HOME}/testing`);
  machine.publish(`after ${before}`);
  machine.run(ASK);
  const testing = await machine.booted.until(`test -e ${HOME}/testing`, ({ code }) => code === 0);
  step(`a run is in the middle of its test when there is ${before}`, testing.code === 0 && machine.property('glued.service', 'ActiveState') === 'active', () => machine.story());
  await (how === 'reboot' ? machine.booted.end('reboot') : machine.booted.powerCut());
  const next = new Machine(await Booted.boot(folder));
  const content = next.run(`cat ${HOME}/live.txt`).out;
  const recover = next.run('systemctl show --property=Result,ExecMainStatus glued-recover.service').out;
  step(`after ${before} the content is whole and the one of before: "${content.trim()}"; recover: ${recover.trim().split('\n').join(', ')}`, content === old && /^Result=success$/m.test(recover) && /^ExecMainStatus=0$/m.test(recover), () => next.story());
  recoverComesFirst(next);
  next.run(`rm ${HOME}/slow`);
  await next.serve();
  const isUpdated = next.run(ASK).code === 0 && (await next.has(`after ${before}`));
  step(`the next run ends well: "${next.run(`cat ${HOME}/live.txt`).out.trim()}", ${next.run('glued status | head -1').out.trim()}`, isUpdated, () => next.story());
  return next;
}

/** By systemd's own clock: recover had ended before the engine began. */
function recoverComesFirst(machine: Machine): void {
  const [ended, began] = [machine.property('glued-recover.service', 'ExecMainExitTimestampMonotonic'), machine.property('suricata.service', 'ExecMainStartTimestampMonotonic')].map(Number);
  const ms = Math.round(((began ?? 0) - (ended ?? 0)) / 1000);
  step(`recover had ended ${ms} ms before the engine started`, (ended ?? 0) > 0 && ms >= 0, () => machine.story());
}

async function missedTick(machine: Machine): Promise<void> {
  await machine.booted.until('systemctl is-active glued.service', ({ code }) => code === 0);
  const [began = 0, started = 0] = [machine.property('', 'UserspaceTimestampMonotonic'), machine.property('glued.service', 'ExecMainStartTimestampMonotonic')].map(Number);
  const seconds = (started - began) / 1_000_000;
  step(`a tick that was missed while the machine was off is made up for: glued.service started ${seconds.toFixed(1)} s after the boot began`, started > 0 && seconds < ON_BOOT_SECONDS, () => machine.story());
  machine.run('rm -r /etc/systemd/system/glued.timer.d; systemctl daemon-reload');
  const after = machine.run(`systemctl is-active glued.socket glued.timer && ${STATUS}`);
  step('a request is answered by the daemon after the boot', after.code === 0 && /glued\.status\/1/.test(after.out), after.out);
}
