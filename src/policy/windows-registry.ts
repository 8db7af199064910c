/**
 * Policy in the Windows registry, where group policy and MDMs write it: subkeys are groups, values are keys, list members are numbered
 * from 1. Read with Windows' own `reg query KEY /s`; only administrators can write below HKLM\Software\Policies.
 */
import { fail, type Failure, ok, type Outcome, type Ports } from '../model/index.ts';

type Tree = { [key: string]: unknown };
const VALUE = /^ {4}(.*?) {4}(REG_[A-Z_]+)(?: {4}(.*))?$/;
const TIMEOUT_MS = 30_000;
const ONE_MIB = 1024 * 1024;

/** The values below `key`, or undefined where there are none (reg.exe exits 1). */
export async function readRegistryPolicy({ proc, os }: Pick<Ports, 'proc' | 'os'>, key: string): Promise<Outcome<Tree | undefined, Failure>> {
  const root = os.env['SystemRoot'] ?? 'C:\\Windows';
  const ended = await proc.run({
    argv: [`${root}\\System32\\reg.exe`, 'query', key, '/s'],
    env: { SystemRoot: root },
    timeoutMs: TIMEOUT_MS,
    maxMemoryBytes: 256 * ONE_MIB,
    keepBytes: ONE_MIB,
    signal: new AbortController().signal,
  });
  if (!ended.ok) return fail('policy-unreadable', { path: key, problem: ended.failure.detail });
  if (ended.value.kind !== 'exit') return fail('policy-unreadable', { path: key, problem: `reg.exe ended by ${ended.value.kind}` });
  return ok(ended.value.exit === 0 ? parseRegQuery(ended.value.stdout, key) : undefined);
}

/** The output of `reg query KEY /s`: a line for each key, four spaces before and between a value's name, type and data. */
export function parseRegQuery(output: string, key: string): Tree {
  const tree: Tree = Object.create(null);
  const top = key.replace(/^HKLM\\/i, 'HKEY_LOCAL_MACHINE\\').toLowerCase();
  let here: Tree | undefined;
  for (const line of output.split(/\r?\n/)) {
    if (/^HKEY_/i.test(line)) here = line.toLowerCase().startsWith(top) ? folderAt(tree, line.slice(top.length)) : undefined;
    const value = here === undefined ? null : VALUE.exec(line);
    if (here !== undefined && value !== null) here[value[1] ?? ''] = valueOf(value[2] ?? '', value[3] ?? '');
  }
  return tree;
}

function folderAt(tree: Tree, path: string): Tree {
  let here = tree;
  for (const name of path.split('\\').filter((part) => part !== '')) {
    const next: unknown = here[name];
    const below: Tree = isTree(next) ? next : Object.create(null);
    here[name] = below;
    here = below;
  }
  return here;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueOf(type: string, data: string): unknown {
  switch (type) {
    case 'REG_DWORD':
    case 'REG_QWORD':
      return Number(data);
    case 'REG_MULTI_SZ':
      return data === '' ? [] : data.split('\\0').filter((part) => part !== '');
    default:
      return data;
  }
}
