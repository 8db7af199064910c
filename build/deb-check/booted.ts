import { type ChildProcess, spawn } from 'node:child_process';
import { type Ran, ran } from './step.ts';

const BOOT_MS = 60_000;
const LOOK_MS = 200;
const PATIENCE_MS = 90_000;

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, LOOK_MS));

/** A Debian, booted by systemd in a container with a network of its own: only loopback. */
export class Booted {
  private readonly container: ChildProcess;
  /** its init, as this machine sees it: the container ends with it */
  private readonly init: number;
  private readonly gone: Promise<unknown>;

  private constructor(container: ChildProcess, init: number) {
    this.container = container;
    this.init = init;
    this.gone = container.exitCode === null ? new Promise((resolve) => container.on('exit', resolve)) : Promise.resolve();
    process.on('exit', this.cut);
  }

  static async boot(folder: string): Promise<Booted> {
    const container = spawn('systemd-nspawn', ['--quiet', '--directory', folder, '--register=no', '--keep-unit', '--private-network', '--console=pipe', '--boot'], { stdio: 'ignore' });
    const end = performance.now() + BOOT_MS;
    let booted: Booted | undefined;
    while (performance.now() < end) {
      await pause();
      const pid = Number(ran('ps', ['-o', 'pid=', '--ppid', String(container.pid)]).out.trim().split(/\s+/)[0]);
      if (!(pid > 0)) continue;
      booted ??= new Booted(container, pid);
      if (/running|degraded/.test(booted.run('systemctl is-system-running').out)) return booted;
    }
    booted?.cut();
    throw new Error('systemd did not boot in a container');
  }

  run(script: string): Ran {
    return ran('nsenter', ['--target', String(this.init), '--mount', '--uts', '--ipc', '--net', '--pid', '--root', '--wd', '/bin/sh', '-ec', script]);
  }

  /** Every try until it holds, or the patience is over. */
  async until(script: string, holds: (said: Ran) => boolean): Promise<Ran> {
    const end = performance.now() + PATIENCE_MS;
    let said = this.run(script);
    while (performance.now() < end && !holds(said)) {
      await pause();
      said = this.run(script);
    }
    return said;
  }

  /** It ends in order, by its own init. `reboot`: as for another start. */
  async end(how: 'poweroff' | 'reboot' = 'poweroff'): Promise<void> {
    this.run(`systemctl --no-block ${how}`);
    const timer = setTimeout(this.cut, 40_000);
    await this.gone;
    clearTimeout(timer);
    process.off('exit', this.cut);
  }

  /** Every process in it is killed at this instant. */
  async powerCut(): Promise<void> {
    this.cut();
    await this.gone;
    process.off('exit', this.cut);
  }

  private readonly cut = (): void => {
    if (this.container.exitCode === null && this.container.signalCode === null) process.kill(this.init, 'SIGKILL');
  };
}
