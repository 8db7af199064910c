import type { ReasonRow } from '../reason-row.ts';

/** Reasons: what is asked of a component before its releases are looked at: policy's switches, plug-in, catalog, channel, pin. */
export const COMPONENT_REASONS = {
  'not-judged': { means: 'note', text: 'Not judged: {because}.', remedy: '' },

  asked: { means: 'pass', text: 'This run is about it.', remedy: '' },
  'not-asked': {
    means: 'skipped',
    text: 'This run was about other components or content types only.',
    remedy: 'Run without --content and --component, or name it there.',
  },

  enabled: { means: 'pass', text: 'Content type {type} and the component are on.', remedy: '' },
  disabled: {
    means: 'skipped',
    text: 'Policy turns it off: {key} is false, so not even its metadata is fetched.',
    remedy: 'Set {key} to true where it should be kept current.',
  },

  'plug-in-present': { means: 'pass', text: 'The plug-in {plugIn} is there.', remedy: '' },
  'plug-in-missing': {
    means: 'failed',
    text: 'The plug-in {plugIn} is neither built in nor allowed by plugins.allow.',
    remedy: 'Correct PlugIn in the registry entry of the component, or allow the plug-in in plugins.allow.',
  },

  'catalog-read': { means: 'pass', text: 'The signed catalog was read; it lists {count} releases.', remedy: '' },
  'not-published': {
    means: 'skipped',
    text: 'The content server does not publish {component}.',
    remedy: 'Publish it (glued repo add, glued repo publish), correct its ComponentID, or remove it (glued registry remove {component}).',
  },
  'catalog-not-fetched': {
    means: 'deferred',
    text: 'The catalog of {component} was not fetched.',
    remedy: 'Run glued run; if it is not fetched then, its errors say why.',
  },
  'catalog-failed': {
    means: 'failed',
    text: 'The catalog of {component} cannot be used: {problem}',
    remedy: 'See the error of this component.',
  },

  'channel-offers': { means: 'pass', text: 'Channel {channel} offers {count} releases, the newest is {sequence} ({version}).', remedy: '' },
  'channel-empty': {
    means: 'skipped',
    text: 'No release of {component} is in channel {channel}.',
    remedy: 'Publish a release to channel {channel}, or choose another channel by {key}.',
  },

  'pin-none': { means: 'pass', text: 'No version is pinned.', remedy: '' },
  'pin-met': { means: 'pass', text: 'Policy pins version {version}: that is release {sequence}.', remedy: '' },
  'pin-unmet': {
    means: 'skipped',
    text: 'Policy pins version {version}, and no release in channel {channel} that was not revoked bears it.',
    remedy: 'Publish version {version} to channel {channel}, or change or remove {key}.',
  },
} as const satisfies Record<string, ReasonRow>;
