import { SERVICE_FILE_STATES, SERVICE_MANAGERS, SERVICE_READINESS, type ServiceDocument, type ServiceUnit, type Uncovered } from '../../model/index.ts';
import { constant, flag, group, list, oneOf, orNull, published, type Schema, text, timestamp } from './build.ts';
import { codeName, exitCode } from './parts.ts';

const unit: Schema = group<ServiceUnit>(
  {
    name: text(),
    installed: flag(),
    enabled: orNull(flag('Null where it needs no enabling, or nobody could say.')),
    active: orNull(flag()),
    next: orNull(timestamp('When a timer fires next.')),
  },
  [],
);

/** The service on a machine, as `glued service` left or found it. */
export const SERVICE_SCHEMA: Schema = published(
  'service:1',
  'glued.service/1: what starts glued on a machine',
  group<ServiceDocument>(
    {
      schema: constant('glued.service/1'),
      action: oneOf(['install', 'remove', 'status']),
      code: exitCode,
      codeName,
      readiness: oneOf(SERVICE_READINESS, 'Does the machine start glued by itself? Only `ready` is yes; `not-asked`: no service manager runs here.'),
      manager: oneOf(SERVICE_MANAGERS),
      managerRuns: flag('False below another root.'),
      root: orNull(text('The folder that stands for /.')),
      program: list(text(), 'What the service starts, before the words of a command.'),
      files: list(group<ServiceDocument['files'][number]>({ path: text(), state: oneOf(SERVICE_FILE_STATES) }, [])),
      units: list(unit, 'As the manager says; empty where it was not asked.'),
      uncovered: list(group<Uncovered>({ component: text(), path: text(), problem: oneOf(['not-listed', 'absent']) }, []), 'Components whose folder the service may not write.'),
      notes: list(text(), 'What a person should know or do.'),
    },
    [],
  ),
);
