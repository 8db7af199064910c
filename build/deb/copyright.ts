import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { at, NODE } from '../support/root.ts';

/** The packages whose code is in the bundle, from what esbuild says that it took. */
function bundledPackages(): readonly string[] {
  const meta: unknown = JSON.parse(readFileSync(at('dist', 'glued.mjs.meta.json'), 'utf8'));
  const paths = Object.values(Object(Object(meta).outputs)).flatMap((output) => Object.keys(Object(Object(output).inputs)));
  const names = paths.map((path) => [...path.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)\//g)].at(-1)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}

function licenceOf(folder: string): { readonly name: string; readonly text: string } {
  const described: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  return { name: String(Object(described).license), text: file === undefined ? 'The package states its licence and brings no text of it.' : readFileSync(join(folder, file), 'utf8') };
}

/** A text as a field of a Debian control file: indented, blank lines as a dot. */
const folded = (text: string): string => text.trimEnd().split(/\r?\n/).map((line) => (line.trim() === '' ? ' .' : ` ${line.replaceAll('\t', '  ')}`)).join('\n');

function stanza(what: string, holder: string, licence: string, text: string): string {
  return `Files: usr/libexec/glued/glued\nCopyright: ${holder}\nLicense: ${licence}\n${folded(text)}\nComment: ${what}\n`;
}

/** Who holds the rights, from the text itself: its first line that says so. */
const holderOf = (text: string, name: string): string => /^.*copyright .*\d{4}.*$/im.exec(text)?.[0].replace(/^[\s*/#]+/, '').trim() ?? `the authors of ${name}`;

/** debian/copyright (DEP-5): ours, Node's, and each package's that is in the executable. */
export function copyrightFile(): string {
  const node = join(dirname(realpathSync(NODE)), '..', 'LICENSE');
  const runtime = existsSync(node) ? readFileSync(node, 'utf8') : 'See https://github.com/nodejs/node/blob/main/LICENSE';
  const packages = bundledPackages().map((name) => {
    const { name: licence, text } = licenceOf(at('node_modules', name));
    return stanza(`The package ${name}, in the executable.`, holderOf(text, name), `${licence.replace(/[^A-Za-z0-9.+-]+/g, '-')} and ${name.replace(/[^a-z0-9.+-]+/g, '-')}-notice`, text);
  });
  return [
    'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: glued\n',
    "Files: *\nCopyright: the authors of glued\nLicense: Apache-2.0\n On Debian systems, the full text of the Apache License, Version 2.0 is in\n /usr/share/common-licenses/Apache-2.0.\n",
    stanza('Node.js and what it brings, in the executable.', 'Node.js contributors and others', 'MIT and nodejs-notices', runtime),
    ...packages,
  ].join('\n');
}
