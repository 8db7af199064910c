import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Meaning, REASONS } from '../src/model/index.ts';
import { GATE_TABLE } from '../src/planner/index.ts';
import { at } from './support/root.ts';

const MEANINGS: Readonly<Record<Meaning, string>> = {
  skipped: 'Skipped: not by itself, someone has to act',
  deferred: 'Deferred: later, by itself',
  failed: 'Failed: the error of the component says more',
  current: 'Current: nothing to do',
  install: 'Installed, or to be installed',
  pass: 'Passed: what `explain` shows of a gate that lets a release through',
  note: 'Noted: neither lets through nor stops',
};

const cell = (text: string): string => text.replaceAll('|', '\\|');

function section(means: Meaning, title: string): string {
  const rows = Object.entries(REASONS).flatMap(([code, row]) => (row.means === means ? [`| \`${code}\` | ${cell(row.text)} | ${cell(row.remedy)} |\n`] : []));
  return `\n## ${title}\n\n| code | text | what to do |\n| --- | --- | --- |\n${rows.join('')}`;
}

function gates(): string {
  const rows = GATE_TABLE.map(({ gate, scope, keys }) => `| ${gate} | the ${scope} | ${keys.map((key) => `\`${key}\``).join(', ')} |\n`);
  return `\n## Gates\n\nIn this order; the first that stops gives the reason, and \`glued explain\` shows them all.\n\n| gate | judges | policy keys |\n| --- | --- | --- |\n${rows.join('')}`;
}

/** docs/reasons.md. */
export function reasonsPage(): string {
  return [
    '# Reasons\n\nMade from the tables of reasons and gates by `make docs`: edit those, not this.\n\n',
    'Every component of a result has a reason: `components[].reason.code`. Names in braces are filled in. A component that failed has the name of its failure there.\n',
    gates(),
    section('skipped', MEANINGS.skipped),
    section('deferred', MEANINGS.deferred),
    section('failed', MEANINGS.failed),
    section('current', MEANINGS.current),
    section('install', MEANINGS.install),
    section('pass', MEANINGS.pass),
    section('note', MEANINGS.note),
  ].join('');
}

/** Every file that this makes. */
export const REASON_FILES: Readonly<Record<string, () => string>> = { 'docs/reasons.md': reasonsPage };

if (import.meta.main) {
  for (const [path, make] of Object.entries(REASON_FILES)) {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), make());
  }
}
