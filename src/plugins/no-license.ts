import { type Component, fail, type Failure, ok, type Outcome, type Release } from '../model/index.ts';

/** The license of a plug-in that knows none: only a release that asks for none may go. */
export function noLicense(component: Pick<Component, 'id' | 'plugIn'>, { sequence, license }: Pick<Release, 'sequence' | 'license'>): Outcome<undefined, Failure> {
  return license === undefined ? ok() : fail('license-unknown', { component: component.id, plugIn: component.plugIn, sequence, license });
}
