/** A machine whose rules are filtered by an administrator's files, for what happens when these change. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addComponent } from '../../src/publisher/index.ts';
import { filterFolder, rule, stubEngine, writeConf } from '../plugins/suricata-world.ts';
import { must } from '../support/outcome.ts';
import { testRepository, type TestRepository } from '../support/repository.ts';
import { EngineWorld } from './world.ts';

export const TREE = { 'a.rules': rule(1) + rule(2) + rule(3), 'classification.config': 'config classification: x,X,1\n' };
const SAYS = 'echo "Info: detect: 1 rule files processed. 2 rules successfully loaded, 0 rules failed, 0"';

/** An engine that does not survive rule 1. `$5`: what is laid over its configuration for the test. */
export const DIES_OF_RULE_1 = `grep -q "^alert.*sid:1;" "$(sed -n 's/^default-rule-path: "\\(.*\\)"$/\\1/p' "$5")/a.rules" && kill -SEGV $$; ${SAYS}`;

/** A repository with release 1 of `rules`. */
export async function newRepository(): Promise<TestRepository> {
  const made = await testRepository('engine-reapply');
  must(await addComponent(made.ports, { dir: made.dir, id: 'rules', type: 'ips', plugin: 'suricata' }));
  await made.publish('rules', TREE, { version: '1.0', deltas: 0 });
  return made;
}

let shared: Promise<TestRepository> | undefined;
/** One that no test changes. */
const repository = (): Promise<TestRepository> => (shared ??= newRepository());

export type Bed = { readonly world: EngineWorld; readonly filters: string; readonly install: string };

/** A machine with release 1, filtered by this disable.conf; the cache is empty. */
export async function machine(disable: string | undefined, says = SAYS, from = repository()): Promise<Bed> {
  const world = new EngineWorld(await from);
  const install = join(world.root, 'product', 'rules');
  mkdirSync(join(world.root, 'product'));
  const filters = filterFolder(world.root, disable === undefined ? {} : { 'disable.conf': disable });
  const settings = { ConfigFile: writeConf(world.root, install), CommandSocket: join(world.root, 'no.socket'), EnginePath: stubEngine(world.root, says), ...(disable === undefined ? {} : { Filters: filters }) };
  world.register('rules', { plugIn: 'suricata', type: 'ips', path: install, settings });
  await world.settle();
  rmSync(join(world.state, 'cache'), { recursive: true });
  return { world, filters, install };
}

/** The sids that are on. */
export const served = ({ install }: Bed): string =>
  [...readFileSync(join(install, 'a.rules'), 'utf8').matchAll(/^alert .*sid:(\d+);/gm)].map(([, sid]) => sid).join(' ');
export const set = ({ filters }: Bed, text: string): void => writeFileSync(join(filters, 'disable.conf'), text);
export const packages = (world: EngineWorld): readonly string[] => world.requests.filter((path) => path.startsWith('/packages/'));
export const slots = ({ world }: Bed): readonly string[] => readdirSync(join(world.root, 'product', '.glued-rules', '1')).filter((name) => name.startsWith('served.'));
