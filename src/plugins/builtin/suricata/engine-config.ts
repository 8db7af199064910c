import { dirname, isAbsolute, join, normalize } from 'node:path';
import type { Component, Ports } from '../../../model/index.ts';
import { globPattern } from './selector.ts';

/** What is read of `suricata --dump-config`. */
export type EngineConfig = {
  readonly rulePath: string;
  readonly ruleFiles: readonly string[];
  /** classification, reference and threshold file, by their keys */
  readonly side: ReadonlyMap<string, string>;
};

export const DEFAULT_CONF = '/etc/suricata/suricata.yaml';
const SIDE_KEYS = ['classification-file', 'reference-config-file', 'threshold-file'];

export const confPath = (component: Component): string => component.settings['ConfigFile'] || DEFAULT_CONF;

/** Reads `key = value` lines; others are the engine's own business. */
export function parseDump(text: string): EngineConfig {
  const values = valuesOf(text);
  const ruleFiles: string[] = [];
  for (let i = 0; values.has(`rule-files.${i}`); i++) ruleFiles.push(values.get(`rule-files.${i}`) ?? '');
  const side = SIDE_KEYS.flatMap((key): [string, string][] => {
    const value = values.get(key);
    return value === undefined || value === '(null)' ? [] : [[key, value]];
  });
  return { rulePath: values.get('default-rule-path') ?? '/etc/suricata/rules', ruleFiles, side: new Map(side) };
}

function valuesOf(text: string): ReadonlyMap<string, string> {
  return new Map(text.split('\n').map((line): [string, string] => {
    const at = line.indexOf(' = ');
    return at < 0 ? ['', ''] : [line.slice(0, at), line.slice(at + 3).trim()];
  }));
}

/** The files that the engine writes its log to. */
export function logsOf(text: string): readonly string[] {
  const values = valuesOf(text);
  const folder = values.get('default-log-dir') ?? '/var/log/suricata';
  return [...values].filter(([key]) => /^logging\.outputs\.\d+\.file\.filename$/.test(key)).map(([, name]) => (isAbsolute(name) ? name : join(folder, name)));
}

/** The patterns of the engine's rule-files that lie in the install path, relative to it. */
export function patternsInside(files: Ports['files'], component: Component, config: EngineConfig): readonly string[] {
  return config.ruleFiles
    .map((name) => insideOf(files, component.installPath, isAbsolute(name) ? name : join(config.rulePath, name)))
    .filter((path) => path !== undefined);
}

/** `a/b.rules` where a path lies in the install path, however the folder above that is written. */
export function insideOf(files: Ports['files'], installPath: string, path: string): string | undefined {
  const real = files.realPath(dirname(installPath));
  const roots = [installPath, ...(real.ok ? [join(real.value, installPath.slice(dirname(installPath).length))] : [])].map((root) => normalize(root).replace(/\/+$/, ''));
  const wanted = normalize(path);
  const root = roots.find((one) => wanted.startsWith(`${one}/`));
  return root?.length === undefined ? undefined : wanted.slice(root.length + 1);
}

/** The rule files of a release that the engine will read. Its wildcards stop at slashes. */
export function readBy(patterns: readonly string[], paths: readonly string[]): readonly string[] {
  const compiled = patterns.map((pattern) => ({ depth: pattern.split('/').length, pattern: globPattern(pattern) }));
  return paths.filter((path) => compiled.some(({ depth, pattern }) => depth === path.split('/').length && pattern.test(path)));
}

/**
 * What is laid over the engine's own configuration for the test: these rule files alone, side files where they are the release's, every
 * word on the console as JSON, and no output, socket or log of the machine.
 */
export function overlay(folder: string, rules: readonly string[], side: ReadonlyMap<string, string>): string {
  const quote = (path: string): string => JSON.stringify(join(folder, path));
  return [
    '%YAML 1.1',
    '---',
    `default-rule-path: ${JSON.stringify(folder)}`,
    'rule-files:',
    ...rules.map((path) => `  - ${quote(path)}`),
    ...[...side].map(([key, path]) => `${key}: ${quote(path)}`),
    'logging:',
    '  default-log-level: info',
    '  outputs:',
    '    - console:',
    '        enabled: yes',
    '        type: json',
    'outputs: []',
    'unix-command:',
    '  enabled: no',
    '',
  ].join('\n');
}
