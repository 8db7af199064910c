/**
 * Windows' Task Scheduler (MS-TSCH 2.5; schema version 1.4, Windows 10 and Server 2016): tasks of LocalSystem, so that nobody needs to be
 * logged in. The file is UTF-16, which is all that `schtasks /Create /XML` reads on every version.
 */
import { win32 } from 'node:path';
import { type Failure, ok, type Outcome, type ServiceUnit } from '../model/index.ts';
import { commandLine, hasControlCharacter, pathsOf, SERVICE_COMMANDS, type ServiceFacts, WAKE_MINUTES } from './facts.ts';
import type { Manager, ServicePorts, Step } from './manager.ts';
import type { ServiceText } from './seal.ts';
import { runStep } from './steps.ts';

/** `\glued\daemon` in the scheduler's tree */
const TASK_FOLDER = '\\glued';
const NAMESPACE = 'http://schemas.microsoft.com/windows/2004/02/mit/task';
/** any time in the past: the scheduler counts the repetition from here */
const BEGINNING = '2026-01-01T00:00:00';

type Command = keyof typeof SERVICE_COMMANDS;
const COMMANDS = ['recover', 'daemon'] as const satisfies readonly Command[];

const ABOUT = {
  daemon: 'Brings security content up to date, under policy. Whether a run is due, the schedule in the policy says.',
  recover: 'Undoes content that was never proven, before the engines use it.',
} as const satisfies Record<Command, string>;

const BOOT = '    <BootTrigger>\n      <Enabled>true</Enabled>\n    </BootTrigger>\n';
/** once a day, and every fifteen minutes of the day from there */
const TRIGGERS = {
  daemon: `${BOOT}    <CalendarTrigger>
      <Enabled>true</Enabled>
      <StartBoundary>${BEGINNING}</StartBoundary>
      <Repetition>
        <Interval>PT${WAKE_MINUTES}M</Interval>
        <Duration>P1D</Duration>
      </Repetition>
      <RandomDelay>PT${WAKE_MINUTES}M</RandomDelay>
      <ScheduleByDay>
        <DaysInterval>1</DaysInterval>
      </ScheduleByDay>
    </CalendarTrigger>
`,
  recover: BOOT,
} as const satisfies Record<Command, string>;

const LIMITS = { daemon: 'PT0S', recover: 'PT1M' } as const satisfies Record<Command, string>;

/** A task's definition. Times without a zone are the machine's own. */
function taskXml(facts: ServiceFacts, command: Command): string {
  const [program, ...args] = commandLine(facts, command);
  return `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.4" xmlns="${NAMESPACE}">
  <RegistrationInfo>
    <Author>glued</Author>
    <Description>${escaped(ABOUT[command])}</Description>
    <URI>${TASK_FOLDER}\\${command}</URI>
  </RegistrationInfo>
  <Triggers>
${TRIGGERS[command]}  </Triggers>
  <Principals>
    <Principal id="System">
      <UserId>S-1-5-18</UserId>
      <RunLevel>HighestAvailable</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <RunOnlyIfNetworkAvailable>false</RunOnlyIfNetworkAvailable>
    <Enabled>true</Enabled>
    <Hidden>false</Hidden>
    <RunOnlyIfIdle>false</RunOnlyIfIdle>
    <WakeToRun>false</WakeToRun>
    <ExecutionTimeLimit>${LIMITS[command]}</ExecutionTimeLimit>
    <Priority>7</Priority>
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>3</Count>
    </RestartOnFailure>
  </Settings>
  <Actions Context="System">
    <Exec>
      <Command>${escaped(program)}</Command>
      <Arguments>${escaped(args.map(windowsArgument).join(' '))}</Arguments>
    </Exec>
  </Actions>
</Task>
`;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** One argument as CommandLineToArgvW takes it apart: backslashes count only before a quotation mark. */
export function windowsArgument(text: string): string {
  if (text !== '' && !/[\s"]/.test(text)) return text;
  return `"${text.replace(/(\\*)"/g, '$1$1\\"').replace(/\\+$/, '$&$&')}"`;
}

function files(facts: ServiceFacts): readonly ServiceText[] {
  const folder = win32.join(facts.state.dir, 'service');
  return COMMANDS.map((command) => ({ path: win32.join(folder, `${command}.xml`), text: taskXml(facts, command), comment: 'xml', encoding: 'utf-16' }));
}

const taskOf = (path: string): string => `${TASK_FOLDER}\\${win32.basename(path, '.xml')}`;

const start = (all: readonly ServiceText[]): readonly Step[] =>
  all.map(({ path }) => ({ argv: ['schtasks.exe', '/Create', '/F', '/TN', taskOf(path), '/XML', path], weight: 'needed' }));

const stop = (all: readonly ServiceText[]): readonly Step[] =>
  all.flatMap(({ path }): readonly Step[] => [
    { argv: ['schtasks.exe', '/End', '/TN', taskOf(path)], weight: 'tried' },
    { argv: ['schtasks.exe', '/Delete', '/F', '/TN', taskOf(path)], weight: 'wanted' },
  ]);

/** The XML that the scheduler gives back names its state nowhere; the list does, in a column whose words are the machine's language. */
async function look(ports: ServicePorts): Promise<Outcome<readonly ServiceUnit[], Failure>> {
  const units: ServiceUnit[] = [];
  for (const command of COMMANDS) {
    const name = `${TASK_FOLDER}\\${command}`;
    const asked = await runStep(ports, { argv: ['schtasks.exe', '/Query', '/TN', name, '/XML'], weight: 'tried' });
    units.push({ name, installed: asked.ok, enabled: asked.ok ? !/<Settings>[^]*<Enabled>false<\/Enabled>[^]*<\/Settings>/.test(asked.value) : false, active: null, next: null });
  }
  return ok(units);
}

export const TASK_SCHEDULER: Manager = {
  name: 'task-scheduler',
  files,
  unfit: (facts) => pathsOf(facts).find(hasControlCharacter),
  packageFolders: [],
  runs: ({ os }) => os.platform === 'win32',
  start,
  stop: (all) => ({ before: stop(all), after: [] }),
  byHand: () => `On the Windows machine itself: schtasks.exe /Create /TN ${TASK_FOLDER}\\daemon /XML FILE`,
  waiting: [],
  look,
  uncovered: () => [],
};
