import type { Component, ContentType, LoadedPolicy, Instant, PlanInput, Policy, Reason } from '../model/index.ts';

/** A value that policy sets for one component, and the most specific key that says so. */
export type Setting<T> = { readonly value: T } & Pick<Reason, 'policyKey' | 'source'>;

export const DEFAULT_CHANNEL = 'stable';

/** The file that set a key, or undefined where it is a default. */
export type SourceOf = (key: string) => string | undefined;

/** Looks keys up in the policy's origins. A default is no source. */
export function sources(policy: Pick<LoadedPolicy, 'origins'>): SourceOf {
  const byKey = new Map(policy.origins.filter((o) => o.source !== '[default]').map((o) => [o.key, o.source]));
  return (key) => byKey.get(key);
}

function setting<T>(value: T, policyKey: string, sourceOf: SourceOf): Setting<T> {
  const source = sourceOf(policyKey);
  return source === undefined ? { value, policyKey } : { value, policyKey, source };
}

const typeKey = (type: ContentType, leaf: string): string => `content.${type}.${leaf}`;
const componentKey = (id: string, leaf: string): string => `components.${id}.${leaf}`;

/** Is the component on? Its own key overrides its content type's. */
export function enabledOf(policy: Policy, component: Pick<Component, 'id' | 'contentType'>, sourceOf: SourceOf): Setting<boolean> {
  const own = policy.components.get(component.id)?.enabled;
  if (own !== undefined) return setting(own, componentKey(component.id, 'enabled'), sourceOf);
  return setting(policy.content[component.contentType].enabled, typeKey(component.contentType, 'enabled'), sourceOf);
}

/** The channel: the component's key, else the content type's where policy sets it, else what was registered, else `stable`. */
export function channelOf(policy: Policy, component: Component, sourceOf: SourceOf): Setting<string> {
  const own = policy.components.get(component.id)?.channel;
  if (own !== undefined) return setting(own, componentKey(component.id, 'channel'), sourceOf);
  const key = typeKey(component.contentType, 'channel');
  if (sourceOf(key) !== undefined) return setting(policy.content[component.contentType].channel, key, sourceOf);
  return { value: component.channel ?? DEFAULT_CHANNEL };
}

/** The pinned version, where there is one. */
export function pinOf(policy: Policy, component: Component, sourceOf: SourceOf): Setting<string> | undefined {
  const pin = policy.components.get(component.id)?.pin;
  return pin === undefined ? undefined : setting(pin, componentKey(component.id, 'pin'), sourceOf);
}

/** May a pin lead to a release that is older than what is installed? */
export function downgradeOf(policy: Policy, component: Component, sourceOf: SourceOf): Setting<boolean> {
  const allowed = policy.components.get(component.id)?.allowDowngrade ?? false;
  return setting(allowed, componentKey(component.id, 'allowDowngrade'), sourceOf);
}

/** What holds a release back, leaf by leaf: the component's own, else its content type's. */
export type HoldSettings = {
  readonly hours?: Setting<number>;
  readonly until?: Setting<Instant>;
  /** the administrator's own words, for the reason */
  readonly why?: string;
};

/** The hold in force for a component. */
export function holdOf(policy: Policy, component: Component, sourceOf: SourceOf): HoldSettings {
  const own = policy.components.get(component.id)?.hold;
  const general = policy.content[component.contentType].hold;
  const leaf = <T>(mine: T | undefined, theirs: T | undefined, name: string): Setting<T> | undefined => {
    if (mine !== undefined) return setting(mine, componentKey(component.id, `hold.${name}`), sourceOf);
    return theirs === undefined ? undefined : setting(theirs, typeKey(component.contentType, `hold.${name}`), sourceOf);
  };
  const hours = leaf(own?.hours, general?.hours, 'hours');
  const until = leaf(own?.until, general?.until, 'until');
  const why = own?.reason ?? general?.reason;
  return {
    ...(hours === undefined ? {} : { hours }),
    ...(until === undefined ? {} : { until }),
    ...(why === undefined ? {} : { why }),
  };
}

/** Is this run about the component? What --component and --content name must both fit; none named is all. */
export function isAsked(asked: Pick<PlanInput['asked'], 'components' | 'contentTypes'>, component: Pick<Component, 'id' | 'contentType'>): boolean {
  const byName = asked.components.length === 0 || asked.components.includes(component.id);
  return byName && (asked.contentTypes.length === 0 || asked.contentTypes.includes(component.contentType));
}

/** Does policy let the component be updated at all? */
export function isEnabled(policy: Policy, component: Pick<Component, 'id' | 'contentType'>): boolean {
  return enabledOf(policy, component, () => undefined).value;
}

/** Would its catalog be read at all? Everything else must cost no request. */
export function wantsCatalog(
  policy: Policy,
  plugIns: ReadonlySet<string>,
  asked: Pick<PlanInput['asked'], 'components' | 'contentTypes'>,
  component: Component,
): boolean {
  return isAsked(asked, component) && isEnabled(policy, component) && plugIns.has(component.plugIn);
}
