import { group, integer, list, mapOf, oneOf, orNull, parseShape, type Shape, text } from '../formats/shape.ts';
import { CODES, type CodeName, CONTENT_TYPES, exitOf, type RegistryAdded, type RegistryRemoved } from '../model/index.ts';
import type { ErrorDocument } from '../report/index.ts';
import type { RegistryEnding } from './carry-out.ts';

const ANY = text({ max: 100_000 });
const SCHEMA = oneOf(['glued.registry/1']);
const CODE_NAMES = Object.keys(CODES).filter((name): name is CodeName => name in CODES);

const ERROR = group({ schema: oneOf(['glued.error/1']), codeName: oneOf(CODE_NAMES), text: ANY, remedy: ANY }, 'ignore');

/** `glued.error/1` */
export const ERROR_SHAPE: Shape<ErrorDocument> = (value, path, problems) => {
  const error = ERROR(value, path, problems);
  return error && { schema: error.schema, code: exitOf(error.codeName), codeName: error.codeName, text: error.text, remedy: error.remedy };
};

const PAIRS = mapOf(/^[A-Za-z][A-Za-z0-9]{0,63}$/, 'the name of a setting', ANY);
const SETTINGS: Shape<Readonly<Record<string, string>>> = (value, path, problems) => {
  const pairs = PAIRS(value, path, problems);
  return pairs && Object.fromEntries(pairs);
};

const ENTRY = group(
  {
    id: ANY,
    name: ANY,
    contentType: oneOf(CONTENT_TYPES),
    plugIn: ANY,
    installPath: ANY,
    channel: orNull(ANY),
    settings: SETTINGS,
    installed: orNull(group({ version: ANY, sequence: integer(0), date: ANY }, 'ignore')),
    lastAttempt: orNull(ANY),
    lastSuccess: orNull(ANY),
  },
  'ignore',
);
const ADDED: Shape<RegistryAdded> = group({ schema: SCHEMA, added: ENTRY, file: ANY, notes: list(ANY) }, 'ignore');
const REMOVED: Shape<RegistryRemoved> = group({ schema: SCHEMA, removed: group({ id: ANY, installPath: ANY }, 'ignore'), notes: list(ANY) }, 'ignore');
const REGISTRY_ENDINGS: readonly Shape<RegistryEnding>[] = [ADDED, REMOVED, ERROR_SHAPE];

/** The document of a change of the registry, or of why there was none. */
export const REGISTRY_ENDING_SHAPE: Shape<RegistryEnding> = (value, path, problems) => {
  const fits = REGISTRY_ENDINGS.find((shape) => 'value' in parseShape(shape, value)) ?? ERROR_SHAPE;
  return fits(value, path, problems);
};
