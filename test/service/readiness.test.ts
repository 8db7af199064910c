import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ServiceDocument, ServiceFileState, ServiceReadiness, ServiceUnit } from '../../src/model/index.ts';
import { renderService } from '../../src/report/index.ts';
import { installService, removeService, serviceStatus } from '../../src/service/index.ts';
import { readinessOf } from '../../src/service/readiness.ts';
import { SERVICE } from '../report/documents.ts';
import { must } from '../state/world.ts';
import { machine, USUAL } from './world.ts';

const test = suite('readiness of the service');

const WAITING = ['glued.socket', 'glued.timer'];
const unit = (name: string, more: Partial<ServiceUnit> = {}): ServiceUnit => ({ name, installed: true, enabled: true, active: true, next: null, ...more });
const files = (...states: readonly ServiceFileState[]): ServiceDocument['files'] => states.map((state, i) => ({ path: `/etc/${i}`, state }));
const GOOD = files('same', 'written', 'supplied');
/** as systemd shows a service that waits: the daemon itself ended, for it had nothing to do */
const AT_REST = [unit('glued.socket'), unit('glued.timer'), unit('glued.service', { enabled: null, active: false }), unit('glued-recover.service', { active: false })];

const ROWS: readonly (readonly [what: string, seen: Partial<Pick<ServiceDocument, 'files' | 'units' | 'managerRuns'>>, readiness: ServiceReadiness])[] = [
  ['all in place, and the daemon at rest', {}, 'ready'],
  ['a unit changed by hand that the manager takes', { files: files('same', 'edited') }, 'ready'],
  ['no manager to ask', { managerRuns: false, units: [] }, 'not-asked'],
  ['no file', { files: files('missing', 'missing'), units: [] }, 'not-installed'],
  ['no file, and no manager', { files: files('missing'), units: [], managerRuns: false }, 'not-installed'],
  ['all removed', { files: files('removed', 'removed') }, 'not-installed'],
  ['a file of another version', { files: files('same', 'differs') }, 'incomplete'],
  ['one file missing', { files: files('same', 'missing'), managerRuns: false }, 'incomplete'],
  ['a timer that is not enabled', { units: [unit('glued.socket'), unit('glued.timer', { enabled: false })] }, 'incomplete'],
  ['a masked unit', { files: files('same', 'edited'), units: [unit('glued.socket'), unit('glued.timer', { installed: false, enabled: false, active: false })] }, 'incomplete'],
  ['a timer that was stopped', { units: [unit('glued.socket'), unit('glued.timer', { active: false })] }, 'stopped'],
  ['a manager that does not say what runs', { units: [unit('daemon', { active: null })] }, 'ready'],
];

for (const [what, seen, readiness] of ROWS) {
  test(`${what}: ${readiness}`, () => {
    assert.is(readinessOf({ files: GOOD, units: AT_REST, managerRuns: true, ...seen }, WAITING), readiness);
  });
}

test('it follows the files from before install to after remove', async () => {
  const here = machine();
  const now = async (): Promise<ServiceReadiness> => must(await serviceStatus(here, USUAL)).readiness;
  assert.is(await now(), 'not-installed');
  assert.is(must(await installService(here, USUAL)).readiness, 'not-asked', 'systemd does not run on it');
  assert.is(await now(), 'not-asked');
  assert.is(must(await removeService(here, USUAL)).readiness, 'not-installed');
  assert.is(await now(), 'not-installed');
});

test('the first line for a person says it in words', () => {
  const first = (readiness: ServiceReadiness): string => renderService({ ...SERVICE, readiness }, { columns: 80, colour: 'off', stdoutIsTerminal: false }).split('\n')[0] ?? '';
  assert.is(first('ready'), 'systemd: the service is ready: this machine starts glued by itself');
  assert.is(first('not-installed'), 'systemd: the service is not installed; glued service install does that');
  assert.match(first('stopped'), /is installed and stopped/);
});

test.run();
