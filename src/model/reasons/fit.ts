import type { ReasonRow } from '../reason-row.ts';

/** Reasons: whether a release fits this machine: other components, conditions, engine, license. */
export const FIT_REASONS = {
  'requires-none': { means: 'pass', text: 'It needs no other component.', remedy: '' },
  'requires-met': { means: 'pass', text: 'What it needs of other components is installed.', remedy: '' },
  'requires-unmet': {
    means: 'deferred',
    text: 'Release {sequence} needs {other} at release {minSequence} or newer; installed is {installed}.',
    remedy: 'Let {other} be updated first; glued explain {other} says why it is where it is.',
  },

  'conditions-none': { means: 'pass', text: 'It states no condition.', remedy: '' },
  'conditions-met': { means: 'pass', text: 'This machine meets its conditions.', remedy: '' },
  'os-unfit': {
    means: 'skipped',
    text: 'Release {sequence} is for {allowed}; this machine runs {found}.',
    remedy: 'Publish a release for {found}, or remove the component from this machine.',
  },
  'arch-unfit': {
    means: 'skipped',
    text: 'Release {sequence} is for {allowed} processors; this machine has {found}.',
    remedy: 'Publish a release for {found}, or remove the component from this machine.',
  },
  'agent-too-old': {
    means: 'skipped',
    text: 'Release {sequence} needs glued {needed} or newer; this is {found}.',
    remedy: 'Update glued on this machine.',
  },
  'agent-below-floor': {
    means: 'skipped',
    text: 'Release {sequence} is glued {version}, and the publisher lets no machine have one older than {floor}.',
    remedy: 'Publish {floor} or newer.',
  },
  'agent-older': {
    means: 'skipped',
    text: 'Release {sequence} is glued {version}, which is older than {here} that is here, whatever its number says.',
    remedy: 'Publish a newer one; components.ID.pin with allowDowngrade in policy goes back on purpose.',
  },
  'space-short': {
    means: 'skipped',
    text: 'Release {sequence} wants {needed} bytes free where its content lives; {found} are free.',
    remedy: 'Free space on the file system of {path}.',
  },
  'plug-in-unfit': {
    means: 'skipped',
    text: 'Release {sequence} is made for the plug-in {needed}; the component is registered with {found}.',
    remedy: 'Register the component with --plugin {needed}, or publish a release for {found}.',
  },

  'engine-any': { means: 'pass', text: 'It states no range of engine versions.', remedy: '' },
  'engine-fits': { means: 'pass', text: 'The engine {found} is within {range}.', remedy: '' },
  'engine-absent': { means: 'note', text: 'It is made for engine {range}; no engine is installed.', remedy: '' },
  'engine-incompatible': {
    means: 'skipped',
    text: 'Release {sequence} is made for engine {range}; installed is {found}.',
    remedy: 'Bring the engine of {component} to a version within {range}, or publish a release for {found}.',
  },

  'license-none': { means: 'pass', text: 'It needs no license.', remedy: '' },
  'license-asked': { means: 'note', text: 'It needs license {license}; the plug-in checks that before anything is downloaded.', remedy: '' },
  'license-invalid': {
    means: 'failed',
    text: 'The license {license} that release {sequence} needs is not valid here.',
    remedy: 'Renew or install the license of the product.',
  },
} as const satisfies Record<string, ReasonRow>;
