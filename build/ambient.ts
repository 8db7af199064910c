import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { type AnyNode, parse, type Program } from 'acorn';
import { fullAncestor } from 'acorn-walk';
import { at } from './support/root.ts';
import { filesBelow } from './support/walk.ts';

/** One use of the world behind the ports' back. */
export type Ambient = { readonly file: string; readonly line: number; readonly what: string };

/** The only places that touch the world; everything else is handed ports. */
const ALLOWED = [/^src\/platform\//, /^src\/main\.ts$/];

/** Builtins that only compute. Everything else of `node:*` is the world. */
const PURE_MODULES = new Set(['crypto', 'zlib', 'stream', 'stream/promises', 'path', 'path/posix', 'path/win32', 'buffer', 'util', 'url', 'string_decoder', 'punycode', 'querystring', 'assert']);

/** `net` and `publisher` speak HTTP themselves: net is the client, with proxies, publisher serves a repository. */
const ROOM_MODULES: readonly { readonly room: RegExp; readonly modules: ReadonlySet<string>; readonly reason: string }[] = [
  { room: /^src\/net\//, modules: new Set(['net', 'tls', 'http', 'https']), reason: 'HTTP is built on sockets here, and nowhere else' },
  { room: /^src\/publisher\/serve/, modules: new Set(['http']), reason: 'glued repo serve listens' },
];

const GLOBALS = new Set([
  'process', 'Deno', 'Bun', 'fetch', 'setTimeout', 'setInterval', 'setImmediate', 'console', 'require', 'WebSocket', 'EventSource',
  'XMLHttpRequest', 'localStorage', 'sessionStorage', 'navigator', 'performance', 'eval', 'Function', 'alert', 'confirm', 'prompt',
]);

const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  Date: ['now'],
  Math: ['random'],
  Temporal: ['Now'],
  AbortSignal: ['timeout'],
  crypto: ['getRandomValues', 'randomUUID'],
  globalThis: [...GLOBALS, 'crypto'],
};

/** What node:crypto makes up by itself; where it is named, it is called. */
const RANDOM = new Set(['randomBytes', 'randomUUID', 'randomInt', 'randomFillSync', 'randomFill', 'getRandomValues', 'webcrypto']);

/** Uses of the world in one file's text. */
export function ambientIn(file: string, source: string): Ambient[] {
  const found: Ambient[] = [];
  const tree = parse(stripTypeScriptTypes(source), { ecmaVersion: 'latest', sourceType: 'module', locations: true });
  const own = moduleNames(tree);
  fullAncestor(tree, (node, _state, ancestors) => {
    if (node.type === 'Identifier' && (own.has(node.name) || ancestors.some((a) => binds(a, node.name)))) return;
    const what = useOf(file, node, ancestors.at(-2));
    if (what !== undefined) found.push({ file, line: node.loc?.start.line ?? 0, what });
  });
  return found.sort((a, b) => a.line - b.line);
}

/** Names that the module imports or declares: `fetch` may be a stage of ours. */
function moduleNames(tree: Program): ReadonlySet<string> {
  const names = new Set<string>();
  for (const node of tree.body) {
    const declaration = node.type === 'ExportNamedDeclaration' ? node.declaration : node;
    if (declaration?.type === 'ImportDeclaration') for (const s of declaration.specifiers) names.add(s.local.name);
    if (declaration?.type === 'FunctionDeclaration' || declaration?.type === 'ClassDeclaration') names.add(declaration.id.name);
    if (declaration?.type !== 'VariableDeclaration') continue;
    for (const d of declaration.declarations) if (d.id.type === 'Identifier') names.add(d.id.name);
  }
  return names;
}

/** A function's parameter, or a name declared in a block. */
function binds(scope: AnyNode, name: string): boolean {
  const named = (pattern: AnyNode): boolean => {
    if (pattern.type === 'Identifier') return pattern.name === name;
    if (pattern.type === 'AssignmentPattern') return named(pattern.left);
    return pattern.type === 'ObjectPattern' && pattern.properties.some((p) => p.type === 'Property' && named(p.value));
  };
  switch (scope.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return scope.params.some(named);
    case 'BlockStatement':
      return scope.body.some((s) => s.type === 'VariableDeclaration' && s.declarations.some((d) => named(d.id)));
    default:
      return false;
  }
}

function useOf(file: string, node: AnyNode, parent: AnyNode | undefined): string | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
      return node.source?.type === 'Literal' ? moduleUse(file, String(node.source.value)) : undefined;
    case 'ImportSpecifier':
      return node.imported.type === 'Identifier' && RANDOM.has(node.imported.name) && fromBuiltin(parent) ? `import of ${node.imported.name}` : undefined;
    case 'NewExpression':
      return node.callee.type === 'Identifier' && node.callee.name === 'Date' && node.arguments.length === 0 ? 'new Date() without a moment' : undefined;
    case 'CallExpression':
      return node.callee.type === 'Identifier' && node.callee.name === 'Date' ? 'Date()' : undefined;
    case 'MemberExpression': {
      const name = node.property.type === 'Identifier' && !node.computed ? node.property.name : node.property.type === 'Literal' ? String(node.property.value) : '';
      const of = node.object.type === 'Identifier' ? MEMBERS[node.object.name] : undefined;
      return of?.includes(name) === true && node.object.type === 'Identifier' ? `${node.object.name}.${name}` : undefined;
    }
    case 'Identifier':
      return GLOBALS.has(node.name) && isReference(node, parent) ? node.name : undefined;
    default:
      return undefined;
  }
}

function fromBuiltin(parent: AnyNode | undefined): boolean {
  return parent?.type === 'ImportDeclaration' && String(parent.source.value).startsWith('node:');
}

function moduleUse(file: string, name: string): string | undefined {
  if (!name.startsWith('node:')) return undefined;
  const bare = name.slice('node:'.length);
  if (PURE_MODULES.has(bare)) return undefined;
  if (ROOM_MODULES.some((r) => r.room.test(file) && r.modules.has(bare))) return undefined;
  return `import of ${name}`;
}

/** A name that stands for the global: not a key, a member, a parameter or a method of that name. */
function isReference(node: AnyNode, parent: AnyNode | undefined): boolean {
  if (parent === undefined) return true;
  switch (parent.type) {
    case 'MemberExpression':
      return parent.object === node || parent.computed;
    case 'Property':
      return parent.value === node && (parent.shorthand || parent.key !== node);
    case 'MethodDefinition':
    case 'PropertyDefinition':
      return parent.key !== node || parent.computed;
    case 'ImportSpecifier':
    case 'ExportSpecifier':
    case 'LabeledStatement':
      return false;
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return parent.type === 'ArrowFunctionExpression' && parent.body === node;
    case 'VariableDeclarator':
      return parent.init === node;
    default:
      return true;
  }
}

/** Every use of the world outside the places that may. */
export function ambient(): Ambient[] {
  return filesBelow('src', '.ts')
    .filter((file) => !ALLOWED.some((a) => a.test(file)))
    .flatMap((file) => ambientIn(file, readFileSync(at(file), 'utf8')));
}

if (import.meta.main) {
  const found = ambient();
  for (const { file, line, what } of found) process.stdout.write(`${file}:${line}: ${what}: take it from a port\n`);
  if (found.length > 0) process.exitCode = 1;
}
