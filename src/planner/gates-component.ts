import { failureText, reason, type Reason, unreachable } from '../model/index.ts';
import { isAsked, type Setting } from './settings.ts';
import type { Subject } from './subject.ts';

/** The gates that judge a component as a whole, before any release is looked at. */

export const because = (why: string): Reason => reason('not-judged', { because: why });

/** The key, and the file that set it, of a setting. */
export const origin = <T>({ policyKey, source }: Setting<T>): Pick<Reason, 'policyKey' | 'source'> => ({
  ...(policyKey === undefined ? {} : { policyKey }),
  ...(source === undefined ? {} : { source }),
});

const NO_CATALOG = 'there is no catalog to look at';

/** Is this run about it? */
export function judgeAsked({ input, component }: Subject): Reason {
  return isAsked(input.asked, component) ? reason('asked', {}) : reason('not-asked', {});
}

/** Is it on? */
export function judgeEnabled({ enabled, component }: Subject): Reason {
  if (enabled.value) return reason('enabled', { type: component.contentType });
  return reason('disabled', { key: enabled.policyKey ?? '' }, origin(enabled));
}

/** Can anything handle it? */
export function judgePlugIn({ input, component }: Subject): Reason {
  const { plugIn } = component;
  return input.plugIns.has(plugIn) ? reason('plug-in-present', { plugIn }) : reason('plug-in-missing', { plugIn });
}

/** Is there a catalog that may be believed? */
export function judgeCatalog({ state, component }: Subject): Reason {
  switch (state.kind) {
    case 'catalog':
      return reason('catalog-read', { count: state.catalog.releases.length });
    case 'not-published':
      return reason('not-published', { component: component.id });
    case 'not-fetched':
      return reason('catalog-not-fetched', { component: component.id });
    case 'failed':
      return reason('catalog-failed', { component: component.id, problem: failureText(state.failure) });
    default:
      return unreachable(state);
  }
}

/** Does its channel offer anything? */
export function judgeChannel({ catalog, channel, component, offered }: Subject): Reason {
  if (catalog === undefined) return because(NO_CATALOG);
  const newest = offered[0];
  if (newest === undefined) {
    const key = channel.policyKey ?? `components.${component.id}.channel`;
    return reason('channel-empty', { component: component.id, channel: channel.value, key }, origin(channel));
  }
  const data = { channel: channel.value, count: offered.length, sequence: newest.sequence, version: newest.version };
  return reason('channel-offers', data, origin(channel));
}

/** Does a pin lead anywhere? */
export function judgePin({ catalog, channel, pin, pinned }: Subject): Reason {
  if (catalog === undefined) return because(NO_CATALOG);
  if (pin === undefined) return reason('pin-none', {});
  if (pinned !== undefined) return reason('pin-met', { version: pin.value, sequence: pinned.sequence }, origin(pin));
  return reason('pin-unmet', { version: pin.value, channel: channel.value, key: pin.policyKey ?? '' }, origin(pin));
}

/** A key of the whole policy, and the file that set it. */
export function setBy({ sourceOf }: Subject, policyKey: string): Pick<Reason, 'policyKey' | 'source'> {
  const source = sourceOf(policyKey);
  return source === undefined ? { policyKey } : { policyKey, source };
}
