import { GATES } from '../../model/index.ts';
import type { ExplainComponent, ExplainDocument, ExplainRoute, ExplainUnderWay, ExplainVerdict } from '../explain-document.ts';
import { printable } from '../sanitize.ts';
import { type Look, paint, type Paint, timeText, wrap } from './look.ts';
import { errorsBlock, nextLine, notesBlock, probationEndLine, reasonBlock, routeText, versionText } from './parts.ts';

type Kind = ExplainComponent['choice'];

const HEAD = {
  install: 'a run would install',
  restore: 'a run would go back to',
  ask: 'a run would ask about',
  current: 'is current',
  skipped: 'is skipped',
  deferred: 'is deferred',
  failed: 'fails',
} as const satisfies Record<Kind, string>;

const HEAD_PAINT = {
  install: 'good',
  restore: 'warn',
  ask: 'warn',
  current: 'good',
  skipped: 'warn',
  deferred: 'warn',
  failed: 'bad',
} as const satisfies Record<Kind, Paint>;

const VERDICT_PAINT = { pass: 'good', stop: 'bad', note: 'dim' } as const satisfies Record<ExplainVerdict['outcome'], Paint>;

/** Why each component is, or is not, up to date: the decision first, then every gate's word, release by release. */
export function renderExplain(document: ExplainDocument, look: Look): string {
  const head = document.at === null ? '' : `As of ${timeText(document.at)}, policy ${printable(document.policy.id ?? '(without an id)')}.\n`;
  const none = document.components.length === 0 && document.errors.length === 0 ? '\nNo component that this asks about is registered here. See: glued registry list\n' : '';
  return [
    head,
    nextLine(look, document.next),
    probationEndLine(look, document.next),
    document.underWay === null ? '' : wrap(look, underWay(document.underWay), ''),
    none,
    ...document.components.map((c) => explained(c, look)),
    errorsBlock(look, document.errors),
    notesBlock(look, document.notes),
  ].join('');
}

/** `A run is under way: pid 4711, …`: what is said below is how it stands, and the run may be about to change it. */
function underWay({ pid, command, since, installing }: ExplainUnderWay): string {
  const what = installing.map(({ id, version, sequence, stage }) => `${stage} ${version} (${sequence}) of ${id}`).join(', ');
  const busy = what === '' ? '' : `; it is ${what}`;
  return `A run is under way: pid ${pid}, \`${command}\`, since ${timeText(since)}${busy}. Below is how things stand before it ends.`;
}

function explained(c: ExplainComponent, look: Look): string {
  const target = c.release === null ? '' : ` ${printable(versionText(c.release))}`;
  const head = paint(look, HEAD_PAINT[c.choice], `${printable(c.id)}: ${HEAD[c.choice]}${target}`);
  const facts = `  ${printable(c.name)}, ${c.contentType}; installed ${printable(versionText(c.installed))}, offered ${printable(versionText(c.available))}\n`;
  const sequences = [...new Set(c.verdicts.map((v) => v.sequence))];
  return [
    `\n${head}\n`,
    facts,
    c.reason === null ? '' : reasonBlock(look, c.reason),
    c.route === null ? '' : wrap(look, route(c.route), '  '),
    ...sequences.map((sequence) => gates(c, sequence, look)),
  ].join('');
}

/** `Download: delta (cdiff), 12.0 KiB of 3.1 MiB, by release 2 > 3 > 4 from the installed content.` Our own deltas need no name. */
function route({ via, bytes, full, base, steps }: ExplainRoute): string {
  const text = via === 'none' ? 'nothing, it is installed' : via === 'cache' ? 'nothing, its package is in the cache' : routeText(via, bytes, full);
  const [first] = steps;
  if (first === undefined) return `Download: ${text}.`;
  const way = [first.fromSequence, ...steps.map((s) => s.sequence)].join(' > ');
  const named = first.algorithm === 'zstd' ? text : text.replace(/^delta/, `delta (${printable(first.algorithm)})`);
  return `Download: ${named}, by release ${way} from the ${base === 'tree' ? 'installed content' : 'cached package'}.`;
}

const GATE_WIDTH = Math.max(...GATES.map((gate) => gate.length));

function gates(c: ExplainComponent, sequence: number | null, look: Look): string {
  const head = sequence === null ? 'The component' : `Release ${sequence}`;
  return `  ${paint(look, 'bold', head)}\n${c.verdicts.filter((v) => v.sequence === sequence).map((v) => verdict(v, look)).join('')}`;
}

/** `    STOP  hold        Policy holds …`, with the key that decided; long words go on below themselves. */
function verdict({ gate, outcome, reason }: ExplainVerdict, look: Look): string {
  const mark = outcome === 'stop' ? 'STOP' : outcome;
  const indent = ' '.repeat(4 + 4 + 2 + GATE_WIDTH + 2);
  const words = reason.policyKey === undefined ? reason.text : `${reason.text} [${reason.policyKey}]`;
  const start = `    ${paint(look, VERDICT_PAINT[outcome], mark)}  ${gate.padEnd(GATE_WIDTH)}  `;
  return `${start}${wrap(look, words, indent).slice(indent.length)}`;
}
