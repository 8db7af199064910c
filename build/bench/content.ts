import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** The same numbers for the same seed, wherever it runs: 32 bits of a hash at a time. */
const number = (seed: string): number => createHash('sha1').update(seed).digest().readUInt32LE(0);
const word = (seed: string): string => createHash('sha1').update(seed).digest('hex').slice(0, 4 + (number(seed) % 8)).replace(/[0-9]/g, (d) => 'ghijklmnop'.charAt(Number(d)));

/**
 * A signature database of `bytes`, a line a signature in the order that they were added. With each later version half a percent of the lines is gone
 * and one percent added at the end.
 */
export function signatureDatabase(path: string, bytes: number, version: number): void {
  const names = Array.from({ length: 4000 }, (_, i) => `Win.Trojan.${word(`family ${i}`)}`);
  const base = Math.floor(bytes / 103.5);
  const file = openSync(path, 'w');
  let lines: string[] = [];
  const flush = (): void => {
    if (lines.length > 0) writeSync(file, `${lines.join('\n')}\n`);
    lines = [];
  };
  for (let i = 0; i < base + Math.floor((base * version) / 100); i++) {
    const digest = createHash('sha256').update(`signature ${i}`).digest();
    if (digest.readUInt32LE(0) % 200 < version) continue;
    lines.push(`${digest.toString('hex')}:${900 + (digest.readUInt32LE(4) % 3_000_000)}:${names[digest.readUInt32LE(8) % names.length]}-${6_000_000 + i}:73`);
    if (lines.length === 4096) flush();
  }
  flush();
  closeSync(file);
}

const CATEGORIES = Array.from({ length: 50 }, (_, i) => `lab-${word(`category ${i}`)}-${i}.rules`);

/**
 * A rule set of 50 files, about 440 bytes a rule. Each later version changes a percent of the rules: a third removed, a third revised, a third added.
 */
export function ruleSet(folder: string, count: number, version: number): void {
  const files = new Map<string, string[]>(CATEGORIES.map((c) => [c, []]));
  const third = 1 / 300;
  const state = (sid: number): { readonly rev: number } | undefined => {
    let rev = 1;
    for (let v = 1; v <= version; v++) {
      const fate = number(`fate ${v} ${sid}`) / 2 ** 32;
      if (fate < third) return undefined;
      if (fate < 2 * third) rev++;
    }
    return { rev };
  };
  const added = Math.floor((count * version) / 300);
  for (let i = 0; i < count + added; i++) {
    const alive = i < count ? state(i) : { rev: 1 };
    if (alive !== undefined) files.get(CATEGORIES[i % CATEGORIES.length] ?? '')?.push(rule(i, alive.rev));
  }
  mkdirSync(folder, { recursive: true });
  for (const [name, rules] of files) writeFileSync(join(folder, name), `${rules.join('\n')}\n`);
}

function rule(sid: number, rev: number): string {
  const w = (n: number): string => word(`${sid} ${rev} ${n} ${number(`${sid} ${rev} ${n}`) % 3000}`);
  const md5 = createHash('md5').update(`${sid} ${rev}`).digest('hex');
  const [m, d] = [1 + (number(`${sid} ${rev} m`) % 12), 1 + (number(`${sid} ${rev} d`) % 28)].map((n) => String(n).padStart(2, '0'));
  const meta = `metadata:attack_target Client_Endpoint, created_at 2024_${m}_${d}, deployment Perimeter, malware_family ${w(1)}, confidence High, signature_severity Major, updated_at 2024_${m}_${d};`;
  const body = `alert http $HOME_NET any -> $EXTERNAL_NET any (msg:"LAB ${w(2)} ${w(3)} Activity (${w(4)})"; flow:established,to_server; http.method; content:"POST"; http.uri; content:"/${w(5)}/${w(6)}.php?${w(7)}="; fast_pattern; reference:md5,${md5};`;
  return `${sid % 4 === 3 ? '#' : ''}${body} classtype:trojan-activity; sid:${2_000_000 + sid}; rev:${rev}; ${meta})`;
}
