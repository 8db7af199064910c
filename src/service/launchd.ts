/**
 * launchd (launchd.plist(5)): system daemons, so that nobody needs to be logged in. A daemon that ends with 0 is started again by the
 * interval alone. It makes its control socket itself: launchd hands sockets over by its own call, not by LISTEN_FDS.
 */
import { writePlist } from '../formats/plist.ts';
import { type Failure, ok, type Outcome, type ServiceUnit } from '../model/index.ts';
import { commandLine, hasControlCharacter, pathsOf, type ServiceFacts, WAKE_MINUTES } from './facts.ts';
import type { Manager, ServicePorts, Step } from './manager.ts';
import type { ServiceText } from './seal.ts';
import { runStep } from './steps.ts';

const FOLDER = '/Library/LaunchDaemons';
const LABELS = { daemon: 'dev.glued.agent', recover: 'dev.glued.recover' } as const;
/** octal 022, as launchd wants it */
const UMASK = 0o022;

/** `ProcessType` Background: the system slows it down when a person works. */
function jobs(facts: ServiceFacts): Readonly<Record<keyof typeof LABELS, Parameters<typeof writePlist>[0]>> {
  return {
    daemon: {
      Label: LABELS.daemon,
      ProgramArguments: commandLine(facts, 'daemon'),
      RunAtLoad: true,
      StartInterval: WAKE_MINUTES * 60,
      KeepAlive: { SuccessfulExit: false },
      ThrottleInterval: 60,
      ExitTimeOut: 30,
      ProcessType: 'Background',
      LowPriorityIO: true,
      Umask: UMASK,
    },
    recover: { Label: LABELS.recover, ProgramArguments: commandLine(facts, 'recover'), RunAtLoad: true, LaunchOnlyOnce: true, Umask: UMASK },
  };
}

function files(facts: ServiceFacts): readonly ServiceText[] {
  const { daemon, recover } = jobs(facts);
  const plist = (label: string, job: Parameters<typeof writePlist>[0]): ServiceText => ({
    path: `${FOLDER}/${label}.plist`,
    text: new TextDecoder().decode(writePlist(job)),
    comment: 'xml',
    encoding: 'utf-8',
  });
  return [plist(LABELS.recover, recover), plist(LABELS.daemon, daemon)];
}

const labelOf = (path: string): string => path.slice(FOLDER.length + 1, -'.plist'.length);

const out = (path: string, weight: Step['weight']): Step => ({ argv: ['launchctl', 'bootout', `system/${labelOf(path)}`], weight });

/** One that is loaded already must go before its new plist can be loaded. */
const start = (all: readonly ServiceText[]): readonly Step[] =>
  all.flatMap(({ path }): readonly Step[] => [
    out(path, 'tried'),
    { argv: ['launchctl', 'enable', `system/${labelOf(path)}`], weight: 'needed' },
    { argv: ['launchctl', 'bootstrap', 'system', path], weight: 'needed' },
  ]);

/** `launchctl print` ends with 0 for what is loaded, and tells its state in a line. */
async function look(ports: ServicePorts): Promise<Outcome<readonly ServiceUnit[], Failure>> {
  const units: ServiceUnit[] = [];
  for (const label of Object.values(LABELS)) {
    const printed = await runStep(ports, { argv: ['launchctl', 'print', `system/${label}`], weight: 'wanted' });
    const active = printed.ok && /^\s*state = running$/m.test(printed.value);
    units.push({ name: label, installed: printed.ok, enabled: printed.ok, active, next: null });
  }
  return ok(units);
}

export const LAUNCHD: Manager = {
  name: 'launchd',
  files,
  unfit: (facts) => pathsOf(facts).find(hasControlCharacter),
  packageFolders: [],
  runs: ({ os }) => os.platform === 'darwin',
  start,
  stop: (all) => ({ before: all.map(({ path }) => out(path, 'wanted')), after: [] }),
  byHand: () => `On the Mac itself: launchctl bootstrap system ${FOLDER}/${LABELS.daemon}.plist`,
  // its daemon ends when idle, and the interval starts it again
  waiting: [],
  look,
  uncovered: () => [],
};
