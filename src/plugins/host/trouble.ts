import { type Component, CODES, type Content, type Failure, failure, unreachable } from '../../model/index.ts';
import { METHODS } from './methods.ts';
import type { Allowed } from './program.ts';
import type { Trouble } from './session.ts';

/** What a call was about. `content`: the release that is tested or put in place, where there is one. */
export type About = { readonly allowed: Allowed; readonly method: keyof typeof METHODS; readonly component: Component; readonly content?: Content; readonly previous?: Content | null };

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim().replace(/\.$/, '');

/** A plug-in that breaks while it tests may have been broken by the content: a killed test is a failed test. */
const CONTENT_MAY_BE_GUILTY: ReadonlySet<string> = new Set(['timeout', 'memory', 'signal']);

/** Trouble with a call as the failure of its component. `stderr` is evidence. */
export function failureOf(about: About, trouble: Trouble, stderr: string): Failure {
  const { allowed, method, component } = about;
  const plugIn = allowed.id;
  const { path } = allowed;
  const detail = stderr === '' ? undefined : stderr;
  switch (trouble.kind) {
    case 'interrupted':
      return failure('interrupted', { signal: 'a signal' });
    case 'said-no':
      return saidNo(about, oneLine(trouble.error.message), trouble.error.code, trouble.error.data?.detail ?? detail);
    case 'broke':
      if (method === 'restore') return notRestored(about, trouble.problem, detail);
      if (method === 'test' && CONTENT_MAY_BE_GUILTY.has(trouble.why)) {
        return failure('plugin-test-killed', { version: about.content?.version ?? '', component: component.id, plugIn, problem: trouble.problem }, detail);
      }
      return failure('plugin-broke', { plugIn, path, problem: trouble.problem }, detail);
    default:
      return unreachable(trouble);
  }
}

function notRestored({ allowed, component, previous }: About, message: string, detail: string | undefined): Failure {
  return failure('plugin-not-restored', { plugIn: allowed.id, component: component.id, message, folder: previous?.folder ?? component.installPath }, detail);
}

/** An error that the plug-in gave, by its code. */
function saidNo(about: About, message: string, code: number, detail: string | undefined): Failure {
  const { allowed, method, component } = about;
  const slots = { plugIn: allowed.id, component: component.id, method, message };
  if (method === 'restore') return notRestored(about, message, detail);
  if (code < 0) return failure('plugin-confused', { ...slots, path: allowed.path }, detail);
  const codes: readonly number[] = METHODS[method].codes;
  if (!codes.includes(code)) {
    return failure('plugin-broke', { plugIn: allowed.id, path: allowed.path, problem: `it answered ${method} with the error code ${code}, which ${method} may not give (${codes.join(', ')})` }, detail);
  }
  switch (code) {
    case CODES['plugin-load']:
      return failure('plugin-unusable', slots, detail);
    case CODES['license-invalid']:
      return failure('plugin-no-license', slots, detail);
    case CODES['content-test']:
      return failure('plugin-refused-content', { ...slots, version: about.content?.version ?? '' }, detail);
    case CODES.install:
      return failure('plugin-not-installed', slots, detail);
    default:
      return failure('plugin-confused', { ...slots, path: allowed.path }, detail);
  }
}
