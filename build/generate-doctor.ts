import { writeFileSync } from 'node:fs';
import { CHECKS } from '../src/doctor/index.ts';
import { CODES } from '../src/model/index.ts';
import { at } from './support/root.ts';

const HEAD = `# glued doctor

Made from the table of checks by \`make docs\`: edit that, not this.

\`glued doctor\` looks at everything that a run rests on and changes nothing: it takes no lock, and works beside a run, without a network,
without a state folder and with a broken policy. Each check ends with a verdict, what was seen, and what to do.

- \`ok\`: as it should be. \`WARN\`: it will do harm later, or costs something now. \`FAIL\`: a run would fail of it, as a whole or for one
  component or server. \`skip\`: a check that it rests on failed, or policy turns it off; the line says which.
- The exit code is 0 when nothing fails, else the code of the first check that failed, in the order below; it is what a run would end with.
- \`--json\` prints exactly one document, \`glued.doctor/1\` ([schema](schema/glued.doctor.1.json)), with all evidence.
- Servers are looked at side by side; all checks together take at most a minute. Through a proxy it is the proxy's name and port that are looked
  up and connected to, and the handshake is made in its tunnel.

`;

/** docs/doctor.md. */
export function doctorPage(): string {
  const rows = CHECKS.map(({ id, title, about, needs, codes }) => {
    const fails = codes.map((name) => `${CODES[name]} ${name}`).join(', ');
    return `| \`${id}\` | ${about} | ${title} | ${fails === '' ? 'never' : fails} | ${needs.length === 0 ? '' : needs.map((n) => `\`${n}\``).join(', ')} |\n`;
  });
  return `${HEAD}| check | of | looks at | fails with | rests on |\n| --- | --- | --- | --- | --- |\n${rows.join('')}`;
}

/** Every file that this makes. */
export const DOCTOR_DOCS: Readonly<Record<string, () => string>> = { 'docs/doctor.md': doctorPage };

if (import.meta.main) for (const [path, make] of Object.entries(DOCTOR_DOCS)) writeFileSync(at(path), make());
