import { CODES, type ExitCode, fail, type Failure, failureExit, type Outcome, type Ports } from '../model/index.ts';
import { failureToError, historyDocument, type HistoryInput, jsonText, renderFailure, renderHistory } from '../report/index.ts';

export type HistoryFlags = {
  /** what is kept of each component, newest first; a component that was never run has an empty list */
  readonly load: () => Promise<Outcome<HistoryInput, Failure>>;
  readonly format: 'text' | 'json';
  /** a component's id */
  readonly only?: string;
};

/** `glued history`: what happened to each component, newest first. */
export async function history(ports: Pick<Ports, 'terminal'>, { load, format, only }: HistoryFlags): Promise<ExitCode> {
  const loaded = await load();
  if (!loaded.ok) return endWith(ports.terminal, loaded.failure, format);
  if (only !== undefined && !loaded.value.has(only)) {
    const known = [...loaded.value.keys()].sort().join(', ') || 'none';
    return endWith(ports.terminal, fail('history-unknown', { component: only, known }).failure, format);
  }
  const document = historyDocument(loaded.value, [], only);
  ports.terminal.out(format === 'json' ? jsonText(document) : renderHistory(document, ports.terminal));
  return CODES.ok;
}

function endWith(terminal: Ports['terminal'], why: Failure, format: HistoryFlags['format']): ExitCode {
  terminal.err(renderFailure(why, 'history', { ...terminal, colour: 'off' }));
  if (format === 'json') terminal.out(jsonText(historyDocument(new Map(), [failureToError(why, 'history')])));
  return failureExit(why);
}
