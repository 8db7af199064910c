import { basename } from 'node:path';
import { build } from 'esbuild';
import { bundling } from '../bundle.ts';

/** The name that a chunk is loaded by, and the source of a function of a script: `(load) => its exports`. */
export type Chunk = { readonly name: string; readonly source: string };

const IMPORT = /^import(?:\{([^}]*)\}from)?"\.\/([^"]+)";/;
const EXPORT = /export\{([^}]*)\};\n$/;
const LATER = /\bimport\("(?:\.\/([^"]+)|(node:[^"]+))"\)/g;

/** `a as b,c` of an import or export list, each pair told as a member of an object. */
const members = (list: string, member: (name: string, as: string) => string): string =>
  list
    .split(',')
    .filter((item) => item !== '')
    .map((item) => {
      const [name = '', as = name] = item.split(' as ');
      return member(name, as);
    })
    .join(',');

/** Rewrites an ES module as esbuild writes it: imports first, one list of exports at the end, and `import()` of other chunks between. */
function asFunction(name: string, module: string): Chunk {
  let [rest, head] = [module, ''];
  for (let found = IMPORT.exec(rest); found !== null; found = IMPORT.exec(rest)) {
    const [statement, list, from] = found;
    head += `${list === undefined ? '' : `const{${members(list, (exported, local) => `${exported}:${local}`)}}=`}load("${from}");`;
    rest = rest.slice(statement.length);
  }
  const result = members(EXPORT.exec(rest)?.[1] ?? '', (local, as) => `${as}:${local}`);
  const later = (_: string, chunk?: string, builtin?: string): string => (chunk === undefined ? `load.builtin("${builtin}")` : `load.later("${chunk}")`);
  const body = rest.replace(EXPORT, '').replace(LATER, later);
  if (/\bimport\(/.test(body)) throw new Error(`${name}: an import() that a script cannot do`);
  return { name, source: `(load)=>{${head}${body}\nreturn{${result}}}` };
}

/** The sources as chunks that import each other: what is only behind an `await import()` is in others than what is always needed. */
export async function chunksOf(entry: string): Promise<{ readonly main: string; readonly chunks: readonly Chunk[] }> {
  const define = { ...bundling(entry).define, 'import.meta.url': 'process.execPath', 'import.meta.resolve': 'undefined' };
  const result = await build({ ...bundling(entry), define, splitting: true, outdir: 'chunks', write: false, charset: 'ascii' });
  const chunks = result.outputFiles.map((file) => asFunction(basename(file.path), file.text));
  return { main: basename(entry).replace(/\.ts$/, '.js'), chunks: chunks.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** A script whose value is an object of chunks by name. Only the entry waits at its top level. */
export function scriptOf(chunks: readonly Chunk[], main: string): string {
  return `"use strict";({${chunks.map(({ name, source }) => `"${name}":${name === main ? 'async' : ''}${source}`).join(',\n')}})`;
}
