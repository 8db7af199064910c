import { compareVersions, isBelowFloor, isWithin, rangeText, reason, type Reason, type Release } from '../model/index.ts';
import type { Subject } from './subject.ts';

/** The gates that ask whether a release fits this machine: requires, conditions, engine, license. */

/** Is what it needs of other components installed? */
export function judgeRequires({ input }: Subject, release: Release): Reason {
  if (release.requires.length === 0) return reason('requires-none', {});
  for (const { component: other, minSequence } of release.requires) {
    const installed = input.components.find((c) => c.id === other)?.installed?.sequence;
    if (installed === undefined || installed < minSequence) {
      return reason('requires-unmet', { sequence: release.sequence, other, minSequence, installed: installed ?? 'nothing' });
    }
  }
  return reason('requires-met', {});
}

/** Does this machine meet the conditions? The first that it does not is the reason. */
export function judgeConditions(subject: Subject, release: Release): Reason {
  const { input, component } = subject;
  const asAgent = component.contentType === 'agent' ? judgeAgent(subject, release) : undefined;
  if (asAgent !== undefined) return asAgent;
  const { os, arch, minAgent, minFreeBytes, plugin } = release.conditions;
  const { facts } = input;
  const { sequence } = release;
  if ([os, arch, minAgent, minFreeBytes, plugin].every((c) => c === undefined)) return reason('conditions-none', {});
  if (os !== undefined && !os.includes(facts.os)) return reason('os-unfit', { sequence, allowed: os.join(', '), found: facts.os });
  if (arch !== undefined && !arch.includes(facts.arch)) {
    return reason('arch-unfit', { sequence, allowed: arch.join(', '), found: facts.arch });
  }
  if (minAgent !== undefined && !isWithin(facts.agentVersion, { min: minAgent })) {
    return reason('agent-too-old', { sequence, needed: minAgent, found: facts.agentVersion });
  }
  const free = facts.freeBytes.get(component.id);
  if (minFreeBytes !== undefined && free !== undefined && free < minFreeBytes) {
    return reason('space-short', { sequence, needed: minFreeBytes, found: free, path: component.installPath });
  }
  if (plugin !== undefined && plugin !== component.plugIn) {
    return reason('plug-in-unfit', { sequence, needed: plugin, found: component.plugIn });
  }
  return reason('conditions-met', {});
}

/**
 * What stops a release of glued itself: older than what the trusted targets allow, or, whatever its number says, older than the agent that is
 * here. Policy may allow the latter (`allowDowngrade`), and away from a revoked one it may be needed.
 */
function judgeAgent({ input, component, mode, downgrade }: Subject, { sequence, version }: Release): Reason | undefined {
  const { agentFloor, agentVersion } = input.facts;
  if (isBelowFloor(agentFloor, version)) return reason('agent-below-floor', { sequence, version, floor: agentFloor ?? '' });
  const { installed } = component;
  // a package may have brought one that is newer than what we installed
  const here = installed !== null && (compareVersions(installed.version, agentVersion) ?? -1) > 0 ? installed.version : agentVersion;
  const isOlder = (compareVersions(version, here) ?? 0) < 0;
  return isOlder && mode !== 'withdrawn' && !downgrade.value ? reason('agent-older', { sequence, version, here }) : undefined;
}

/** Is the installed engine one that the release is made for? Where no engine is installed, there is none to harm. */
export function judgeEngine({ inventory, component }: Subject, release: Release): Reason {
  const range = release.conditions.engine;
  if (range === undefined || (range.min === undefined && range.max === undefined)) return reason('engine-any', {});
  const found = inventory?.engineVersion ?? null;
  const wanted = rangeText(range);
  if (found === null) return reason('engine-absent', { range: wanted });
  if (isWithin(found, range)) return reason('engine-fits', { found, range: wanted });
  const shown = compareVersions(found, found) === undefined ? `${found} (no version that can be compared)` : found;
  return reason('engine-incompatible', { component: component.id, sequence: release.sequence, range: wanted, found: shown });
}

/** Which license does it need? Whether that is valid only the plug-in knows; the engine asks it before a byte is fetched. */
export function judgeLicense(_subject: Subject, release: Release): Reason {
  return release.license === undefined ? reason('license-none', {}) : reason('license-asked', { license: release.license });
}
