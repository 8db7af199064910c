import type { Booted } from './booted.ts';
import type { Ran } from './step.ts';

/** What examples/first-run makes: the repository that the machine asks, and its one component. */
export const HOME = '/srv/glued-first-run';
export const SITE = `${HOME}/site`;
export const FIRST_RUN = 'sh /usr/share/doc/glued/examples/first-run/first-run.sh';

/** again where a daemon that gives way to another one hung up */
const SOCKET = 'curl -s --fail --retry 5 --retry-all-errors --unix-socket /run/glued/glued.sock';
export const STATUS = `${SOCKET} http://glued/v1/status`;
export const ASK = `${SOCKET} -d '{}' http://glued/v1/run`;
const LOG = '/var/log/glued/glued.log';

/** What the installed service and its content are seen by. */
export class Machine {
  readonly booted: Booted;
  private releases = 1;

  constructor(booted: Booted) {
    this.booted = booted;
  }

  run(script: string): Ran {
    return this.booted.run(script);
  }

  /** The content server, on the container's own loopback interface. */
  async serve(): Promise<void> {
    this.run(`systemctl stop content 2>/dev/null || true; systemd-run --quiet --unit=content --collect glued repo serve ${SITE} --port 8080`);
    await this.booted.until('curl -s --fail http://127.0.0.1:8080/metadata/timestamp.json', ({ code }) => code === 0);
  }

  /** Publishes content that says `text`. */
  publish(text: string): Ran {
    return this.run(`echo "rules, ${text}" > ${HOME}/rules.txt; glued repo publish ${SITE} demo ${HOME}/rules.txt --version 1.${++this.releases}`);
  }

  /** Is content that says so installed, within our patience? */
  async has(text: string): Promise<boolean> {
    return (await this.booted.until(`cat ${HOME}/live.txt`, ({ out }) => out === `rules, ${text}\n`)).out === `rules, ${text}\n`;
  }

  /** Publishes content, asks the daemon for a run, and waits until it is there. */
  async updates(text: string): Promise<boolean> {
    const published = this.publish(text);
    return published.code === 0 && this.run(ASK).code === 0 && (await this.has(text));
  }

  /** One property of a unit, as systemd has it now. */
  property(unit: string, name: string): string {
    return this.run(`systemctl show --value --property=${name} ${unit}`).out.trim();
  }

  /** What the log says of one event, oldest first. */
  events(event: string): readonly { readonly [key: string]: unknown }[] {
    return this.run(`grep -h '"event":"${event}"' ${LOG} || true`).out.split('\n').filter((line) => line !== '').map((line): { readonly [key: string]: unknown } => Object(JSON.parse(line)));
  }

  /** For whoever reads why a check failed. */
  story(): string {
    return this.run(`systemctl status --no-pager -n0 'glued*' || true; journalctl -b -u 'glued*' --no-pager -o short-precise | tail -60; tail -15 ${LOG}; glued status || true`).out;
  }
}
