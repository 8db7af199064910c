import { join } from 'node:path';
import { readJson } from '../formats/json.ts';
import { group, integer, oneOf, parseShape, type Shape, text } from '../formats/shape.ts';
import { type Content, type Instant, type Job, type Ports, sha256Of } from '../model/index.ts';

type Files = Ports['files'];

/**
 * That an engine exercised this content and found it good: worth something for this package and this engine's version only, and for what
 * policy asked of it then. Kept beside the content; unpacking it anew forgets it.
 */
export type Verdict = { readonly package: string; readonly engine: string; readonly asked: string; readonly signatures: number; readonly at: Instant };

const NAME = 'verdict.json';
const MAX_BYTES = 16 * 1024;

const SHAPE: Shape<Verdict & { readonly schema: string }> = group({
  asked: text({ max: 64 }),
  at: integer(0),
  engine: text({ max: 100 }),
  package: text({ max: 64 }),
  schema: oneOf(['glued.verdict/1']),
  signatures: integer(0),
});

/** What policy asks of content, as one word. */
export function askedOf({ mustDetect, mustNotDetect }: Job['verify']): string {
  return sha256Of(JSON.stringify([mustDetect, mustNotDetect]));
}

/** The verdict that is kept with a content, whatever it is of; undefined where there is none that can be read. */
export function keptVerdict(files: Files, content: Content): Verdict | undefined {
  const bytes = files.read(join(content.folder, NAME), MAX_BYTES);
  const json = bytes.ok ? readJson(bytes.value, { maxBytes: MAX_BYTES }) : bytes;
  if (!json.ok) return undefined;
  const parsed = parseShape(SHAPE, 'value' in json.value ? json.value.value : undefined);
  return 'value' in parsed ? parsed.value : undefined;
}

/** Whether a kept verdict is one on this very content by this engine, for what policy asks now. */
export function holds(verdict: Verdict | undefined, job: Job, engine: string): verdict is Verdict {
  return verdict !== undefined && verdict.package === job.next.sha256 && verdict.engine === engine && verdict.asked === askedOf(job.verify);
}

/** Keeps a verdict. Where it cannot be written, the content is tested again: no failure. */
export function keepVerdict(files: Files, content: Content, verdict: Verdict): void {
  files.replace(join(content.folder, NAME), Buffer.from(`${JSON.stringify({ schema: 'glued.verdict/1', ...verdict })}\n`), 0o644);
}
