import { dirname } from 'node:path';
import { parseShape, type Shape } from '../formats/shape.ts';
import { asComponentId, type Component, type ComponentId, CONTENT_TYPES, type Content, fail, type Failure, ok, type Outcome, type Ports, type RegistrationRequest } from '../model/index.ts';
import { ioFailed } from '../state/index.ts';
import { problemText } from './plist.ts';
import { channelText, installPathProblem, nameText, plugInName, settingText } from './rules.ts';
import { plistPath, writeActive, writeComponent } from './write.ts';

/** Checks what was typed by the rules that a plist is held to; the first problem is told (64). */
export function checkRegistration(request: RegistrationRequest, stateDir: string): Outcome<Component, Failure> {
  const refused = (problem: string): Outcome<never, Failure> => fail('registry-invalid', { component: request.id, problem });
  const id = asComponentId(request.id);
  if (id === undefined) return refused('an id has a to z, 0 to 9, . _ -, at most 64, a letter first');
  const contentType = CONTENT_TYPES.find((t) => t === request.type);
  if (contentType === undefined) return refused(`--type is ${JSON.stringify(request.type)}, allowed: ${CONTENT_TYPES.join(', ')}`);
  const problem =
    problemIn('--plugin', plugInName, request.plugIn) ??
    problemIn('--name', nameText, request.name ?? id) ??
    (request.channel === undefined ? undefined : problemIn('--channel', channelText, request.channel)) ??
    installPathProblem(request.installPath, stateDir)?.replace('InstallPath', '--path');
  if (problem !== undefined) return refused(problem);
  const settings = checkSettings(request.settings);
  if ('problem' in settings) return refused(settings.problem);
  return ok({
    id,
    name: request.name ?? id,
    contentType,
    plugIn: request.plugIn,
    installPath: request.installPath,
    ...(request.channel === undefined ? {} : { channel: request.channel }),
    settings: settings.value,
    installed: null,
    previous: null,
  });
}

function problemIn(option: string, shape: Shape<unknown>, value: string): string | undefined {
  const parsed = parseShape(shape, value);
  const first = 'problems' in parsed ? parsed.problems[0] : undefined;
  return first === undefined ? undefined : problemText({ ...first, path: [option] });
}

function checkSettings(typed: readonly string[]): { readonly value: Readonly<Record<string, string>> } | { readonly problem: string } {
  const settings = new Map<string, string>();
  for (const one of typed) {
    const at = one.indexOf('=');
    const key = one.slice(0, Math.max(0, at));
    if (!/^[A-Za-z][A-Za-z0-9]{0,63}$/.test(key)) return { problem: `--set is ${JSON.stringify(one)}, allowed: KEY=VALUE, the key of letters and digits` };
    if (settings.has(key)) return { problem: `--set names ${key} twice` };
    const problem = problemIn(`--set ${key}`, settingText, one.slice(at + 1));
    if (problem !== undefined) return { problem };
    settings.set(key, one.slice(at + 1));
  }
  return { value: Object.fromEntries(settings) };
}

/**
 * Registers a component, under the lock: a plist in NewRegistry, which the next run takes over; with content that was adopted, in
 * ActiveRegistry at once. `where` is the file written.
 */
export function registerComponent(
  ports: Pick<Ports, 'files'>,
  stateDir: string,
  component: Component,
  adopted: Content | null,
): Outcome<{ readonly where: string }, Failure> {
  if (adopted === null) {
    const written = writeComponent(ports, stateDir, 'newRegistry', component);
    return written.ok ? ok({ where: plistPath(stateDir, 'newRegistry', component.id) }) : written;
  }
  const { folder: _, ...installed } = adopted;
  const written = writeActive(ports, stateDir, { ...component, installed });
  const stale = written.ok ? dropPlist(ports.files, plistPath(stateDir, 'newRegistry', component.id)) : written;
  return stale.ok ? ok({ where: plistPath(stateDir, 'activeRegistry', component.id) }) : stale;
}

/** Forgets a component, under the lock. Its content stays. */
export function removeComponent(ports: Pick<Ports, 'files'>, stateDir: string, id: ComponentId): Outcome<undefined, Failure> {
  const fresh = dropPlist(ports.files, plistPath(stateDir, 'newRegistry', id));
  return fresh.ok ? dropPlist(ports.files, plistPath(stateDir, 'activeRegistry', id)) : fresh;
}

function dropPlist(files: Ports['files'], path: string): Outcome<undefined, Failure> {
  if (!files.stat(path).ok) return ok();
  const removed = files.remove(path);
  const synced = removed.ok ? files.syncFolder(dirname(path)) : removed;
  return synced.ok ? ok() : ioFailed(synced.failure);
}
