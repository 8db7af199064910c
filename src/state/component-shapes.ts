/** Components and contents as our own documents hold them: journal and probation read them back as strictly as any from outside. */
import { converted, group, integer, mapOf, oneOf, optional, orNull, type Shape, text } from '../formats/shape.ts';
import { asComponentId, asSha256, type Component, type Content, CONTENT_TYPES } from '../model/index.ts';

export const COMPONENT_ID = converted(asComponentId, 'a component id');
const RELEASE = { version: text(), sequence: integer(0), date: integer(0), sha256: converted(asSha256, '64 hex digits') };
export const CONTENT: Shape<Content> = group({ ...RELEASE, folder: text() });

const FIELDS = group({
  id: COMPONENT_ID,
  name: text(),
  contentType: oneOf(CONTENT_TYPES),
  plugIn: text(),
  installPath: text(),
  channel: optional(text()),
  settings: mapOf(/^/, 'any key', text()),
  installed: orNull(group(RELEASE)),
  previous: orNull(group(RELEASE)),
  lastAttempt: optional(integer(0)),
  lastSuccess: optional(integer(0)),
});

export const COMPONENT: Shape<Component> = (value, path, problems) => {
  const fields = FIELDS(value, path, problems);
  return fields === undefined ? undefined : { ...fields, settings: Object.fromEntries(fields.settings) };
};
