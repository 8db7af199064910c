import { type Instant, type Next, type Probation, reason } from '../../model/index.ts';

/**
 * When the first of what is on probation has to have proven itself, as seen from `at`: no run is due then, but what is judged then may go
 * back. One that is over by now and was not judged yet is due at once. Undefined where nothing is on probation any more by then.
 */
export function probationEnd(open: readonly Pick<Probation, 'component' | 'until'>[], now: Instant, at: Instant): Next['probation'] {
  const ahead = at > now ? open.filter(({ until }) => until >= at) : open;
  if (ahead.length === 0) return undefined;
  const first = Math.min(...ahead.map(({ until }) => until));
  const components = ahead.flatMap(({ component, until }) => (until === first ? [component.id] : [])).join(', ');
  return { at: Math.max(first, at), reason: reason('next-probation', { components }) };
}
