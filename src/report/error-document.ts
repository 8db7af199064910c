import { type CodeName, type ExitCode, type Failure, failureCode, failureExit, failureRemedy, failureText } from '../model/index.ts';

/** `glued.error/1`: what a command with `--json` prints, and the control socket answers, where there is no document of its own. */
export type ErrorDocument = {
  readonly schema: 'glued.error/1';
  readonly code: ExitCode;
  readonly codeName: CodeName;
  readonly text: string;
  readonly remedy: string;
};

/** A failure as a document. */
export function errorDocument(failure: Failure): ErrorDocument {
  return { schema: 'glued.error/1', code: failureExit(failure), codeName: failureCode(failure), text: failureText(failure), remedy: failureRemedy(failure) };
}
