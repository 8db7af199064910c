import type { Ports, RepoDocument } from '../model/index.ts';
import { jsonText, printable } from '../report/index.ts';

export type RepoOutput = 'text' | 'json';

/** Prints what a `repo` command did: one document, or lines for a person. */
export function printRepo({ terminal }: Pick<Ports, 'terminal'>, output: RepoOutput, document: RepoDocument, lines: readonly string[]): void {
  if (output === 'json') terminal.out(jsonText(document));
  else for (const line of lines) terminal.out(`${printable(line)}\n`);
}
