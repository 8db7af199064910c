import { CODES, CONTENT_TYPES, type ExitCode, fail, type Failure, failureExit, type Outcome, type Ports } from '../model/index.ts';
import { explainDocument, type ExplainInput, failureToError, jsonText, renderExplain, renderFailure } from '../report/index.ts';

export type ExplainFlags = {
  /** decides as a run would; changes nothing */
  readonly load: () => Promise<Outcome<ExplainInput, Failure>>;
  readonly format: 'text' | 'json';
  /** a component's id or a content type */
  readonly only?: string;
};

/** `glued explain`: why each component is, or is not, up to date, with the word of every gate. */
export async function explain(ports: Pick<Ports, 'terminal'>, { load, format, only }: ExplainFlags): Promise<ExitCode> {
  const loaded = await load();
  if (!loaded.ok) return endWith(ports.terminal, loaded.failure, format);
  const known = loaded.value.input.components.map((c): string => c.id);
  if (only !== undefined && !known.includes(only) && !CONTENT_TYPES.some((type) => type === only)) {
    return endWith(ports.terminal, fail('component-unknown', { component: only, known: known.join(', ') || 'none' }).failure, format);
  }
  const document = explainDocument(loaded.value, [], only);
  ports.terminal.out(format === 'json' ? jsonText(document) : renderExplain(document, ports.terminal));
  return CODES.ok;
}

function endWith(terminal: Ports['terminal'], why: Failure, format: ExplainFlags['format']): ExitCode {
  terminal.err(renderFailure(why, 'explain', { ...terminal, colour: 'off' }));
  if (format === 'json') terminal.out(jsonText(explainDocument(null, [failureToError(why, 'explain')])));
  return failureExit(why);
}
