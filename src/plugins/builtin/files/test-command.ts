import { type Component, type Failure, fail, ok, type Outcome } from '../../../model/index.ts';
import { readJson } from '../../../formats/json.ts';

export const SETTING = 'TestCommand';
const COMMAND_BYTES = 64 * 1024;

/** The program and its arguments, or null where the component has no content test of its own. */
export function testCommand(component: Component): Outcome<readonly [string, ...string[]] | null, Failure> {
  const setting = component.settings[SETTING];
  if (setting === undefined || setting === '') return ok(null);
  const words = setting.startsWith('[') ? listOfText(setting) : [setting];
  const [program, ...rest] = words ?? [];
  if (program === undefined || !program.startsWith('/') || program.includes('\0')) {
    return notRun(component, setting.slice(0, 200), 'is neither an absolute path nor a JSON list of texts that begins with one');
  }
  return ok([program, ...rest]);
}

function listOfText(json: string): readonly string[] | undefined {
  const read = readJson(new TextEncoder().encode(json), { maxBytes: COMMAND_BYTES });
  if (!read.ok || !Array.isArray(read.value.value)) return undefined;
  const words: readonly unknown[] = read.value.value;
  const texts = words.filter((word) => typeof word === 'string');
  return texts.length === words.length ? texts : undefined;
}

/** The command did not run, or cannot. */
export const notRun = (component: Component, program: string, problem: string): Outcome<never, Failure> =>
  fail('test-program-not-run', { component: component.id, program, problem, setting: SETTING });
