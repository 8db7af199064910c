/** What HAR 1.2 asks for (softwareishard.com/blog/har-12-spec), as a JSON Schema; our own keys begin with `_`. */
const text = { type: 'string' };
const integer = { type: 'integer' };
const pair = { type: 'object', required: ['name', 'value'], properties: { name: text, value: text } };
const pairs = { type: 'array', items: pair };
const time = { type: 'number', minimum: -1 };
const group = (properties: Readonly<Record<string, unknown>>, optional: readonly string[] = []): object => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((key) => !optional.includes(key)),
  patternProperties: { '^_': {} },
  additionalProperties: false,
});

const request = group({ method: text, url: { ...text, format: 'uri' }, httpVersion: text, cookies: pairs, headers: pairs, queryString: pairs, headersSize: integer, bodySize: integer });
const content = group({ size: integer, mimeType: text, comment: text }, ['comment']);
const response = group({ status: integer, statusText: text, httpVersion: text, cookies: pairs, headers: pairs, content, redirectURL: text, headersSize: integer, bodySize: integer });
const entry = group({
  startedDateTime: { ...text, format: 'date-time' },
  time: { type: 'number', minimum: 0 },
  request,
  response,
  cache: { type: 'object' },
  timings: group({ send: time, wait: time, receive: time }),
});

export const HAR_SCHEMA = group({
  log: group({ version: { const: '1.2' }, creator: group({ name: text, version: text }), entries: { type: 'array', items: entry }, comment: text }, ['comment']),
});
