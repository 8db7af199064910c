import { type ExitCode, exitOf, type Failure, ok, type Outcome, type ServiceDocument, type Terminal } from '../model/index.ts';
import { jsonText, renderService } from '../report/index.ts';
import { installService, removeService, type ServiceOptions, type ServicePorts, serviceStatus } from '../service/index.ts';

/** What each word after `glued service` does. */
const ACTIONS = { install: installService, remove: removeService, status: serviceStatus } as const satisfies Record<ServiceDocument['action'], unknown>;

/** `glued service install | remove | status`: files and units, as they are now. */
export async function service(
  ports: ServicePorts & { readonly terminal: Terminal },
  action: ServiceDocument['action'],
  options: ServiceOptions,
  format: 'text' | 'json',
): Promise<Outcome<ExitCode, Failure>> {
  const done = await ACTIONS[action](ports, options);
  if (!done.ok) return done;
  ports.terminal.out(format === 'json' ? jsonText(done.value) : renderService(done.value, ports.terminal));
  return ok(exitOf('ok'));
}
