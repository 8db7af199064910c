import { isAbsolute, normalize, sep } from 'node:path';
import { text } from '../formats/shape.ts';

/** What is asked of a registration's texts, wherever it comes from: a plist, or the command line. */
const NO_CONTROL = /^[^\u0000-\u001f\u007f-\u009f]+$/;

export const nameText = text({ max: 200, match: NO_CONTROL, allowed: 'text of 1 to 200 characters, in one line' });
export const settingText = text({ max: 4096, match: /^[^\u0000-\u001f\u007f-\u009f]*$/, allowed: 'text of at most 4096 characters, in one line' });
export const plugInName = text({ match: /^[a-z][a-z0-9._-]{0,63}$/, allowed: 'the name of a plug-in (a to z, 0 to 9, . _ -)' });
export const channelText = text({ match: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, allowed: 'the name of a channel (letters, digits, . _ -)' });

/** What is wrong with an install path, or undefined. It may have no part in the state folder: an update must never replace that. */
export function installPathProblem(path: string, stateDir: string): string | undefined {
  if (!NO_CONTROL.test(path)) return 'InstallPath is empty, or holds a control character';
  if (!isAbsolute(path)) return `InstallPath is ${JSON.stringify(path)}, allowed: an absolute path`;
  if (path !== normalize(path) || (path.length > 1 && path.endsWith(sep))) return `InstallPath is ${JSON.stringify(path)}, allowed: a path without ., .., // or a final ${sep}`;
  if (path === normalize('/')) return 'InstallPath is the root folder';
  const state = normalize(stateDir);
  if (path === state || path.startsWith(`${state}${sep}`)) return `InstallPath lies in the state folder ${state}`;
  return state.startsWith(`${path}${sep}`) ? `InstallPath holds the state folder ${state}` : undefined;
}
