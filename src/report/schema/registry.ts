import { CONTENT_TYPES, type RegistryAdded, type RegistryEntry, type RegistryListed, type RegistryRemoved } from '../../model/index.ts';
import { constant, group, list, oneOf, orNull, published, type Schema, text, timestamp } from './build.ts';
import { versionRef } from './parts.ts';

const NAME = constant('glued.registry/1');
const notes = list(text(), 'What a person should know.');

const entry: Schema = group<RegistryEntry>(
  {
    id: text(),
    name: text('The name that people read.'),
    contentType: oneOf(CONTENT_TYPES),
    plugIn: text('The plug-in that installs it.'),
    installPath: text('Where its content lives.'),
    channel: orNull(text('The channel that it follows; null: as policy says.')),
    settings: { description: "The plug-in's settings.", type: 'object', additionalProperties: { type: 'string' } },
    installed: orNull(versionRef),
    lastAttempt: orNull(timestamp()),
    lastSuccess: orNull(timestamp()),
  },
  [],
);

/** The components of a machine, and what was done to them. */
export const REGISTRY_SCHEMA: Schema = published('registry:1', 'glued.registry/1: what is registered on a machine, or was just added or removed', {
  anyOf: [
    group<RegistryListed>(
      {
        schema: NAME,
        components: list(entry),
        problems: list(group<RegistryListed['problems'][number]>({ id: text(), text: text('What is wrong.'), remedy: text('What to do.') }, []), 'Files that cannot be used; the first gives the exit code.'),
        notes,
      },
      [],
      'registry list',
    ),
    group<RegistryAdded>({ schema: NAME, added: entry, file: text('The property list that was written.'), notes }, [], 'registry add'),
    group<RegistryRemoved>(
      { schema: NAME, removed: group<RegistryRemoved['removed']>({ id: text(), installPath: text('Its content there stays.') }, []), notes },
      [],
      'registry remove',
    ),
  ],
});
