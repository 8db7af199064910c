import { type Component, type ExitCode, type Failure, failureExit, failureRemedy, failureText, ok, type Outcome, type Ports, type RegistryEntry, type RegistryListed, rfc3339 } from '../model/index.ts';
import { scanRegistry } from '../registry/index.ts';
import { jsonText, printable } from '../report/index.ts';

const COLUMNS = ['component', 'type', 'plug-in', 'channel', 'version', 'date', 'install path'] as const;

/** `glued registry list`: the components of this machine. Reads only; a bad plist is named, and gives 26. */
export function registryList(
  ports: Pick<Ports, 'files' | 'os' | 'clock' | 'terminal'>,
  flags: { readonly stateDir: string; readonly output: 'text' | 'json' },
): Outcome<ExitCode, Failure> {
  const scanned = scanRegistry(ports, flags.stateDir, ports.clock.now(), 'read');
  if (!scanned.ok) return scanned;
  const { components, problems, notes } = scanned.value;
  const told = problems.map(({ id, failure }) => ({ id, text: failureText(failure), remedy: failureRemedy(failure) }));
  if (flags.output === 'json') {
    const document: RegistryListed = { schema: 'glued.registry/1', components: components.map(registryEntry), problems: told, notes };
    ports.terminal.out(jsonText(document));
  } else {
    ports.terminal.out(components.length === 0 ? 'No component is registered. Register one: glued registry add --help\n' : table(components));
    for (const note of notes) ports.terminal.err(`${printable(note)}\n`);
  }
  for (const one of told) ports.terminal.err(`glued: ${printable(`${one.id}: ${one.text} ${one.remedy}`)}\n`);
  const [first] = problems;
  return ok(first === undefined ? 0 : failureExit(first.failure));
}

/** One component in `glued.registry/1`. */
export function registryEntry(component: Component): RegistryEntry {
  const { installed } = component;
  const time = (at: number | undefined): string | null => (at === undefined ? null : rfc3339(at));
  return {
    id: component.id,
    name: component.name,
    contentType: component.contentType,
    plugIn: component.plugIn,
    installPath: component.installPath,
    channel: component.channel ?? null,
    settings: component.settings,
    installed: installed === null ? null : { version: installed.version, sequence: installed.sequence, date: rfc3339(installed.date) },
    lastAttempt: time(component.lastAttempt),
    lastSuccess: time(component.lastSuccess),
  };
}

function table(components: readonly Component[]): string {
  const rows = [COLUMNS, ...components.map(cells)].map((row) => row.map(printable));
  const widths = COLUMNS.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) => `${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ').trimEnd()}\n`).join('');
}

function cells(component: Component): readonly string[] {
  const { installed } = component;
  const version = installed === null ? '-' : `${installed.version} (${installed.sequence})`;
  const date = installed === null ? '-' : rfc3339(installed.date).slice(0, 10);
  return [component.id, component.contentType, component.plugIn, component.channel ?? '-', version, date, component.installPath];
}
