import type { Os } from '../model/index.ts';

/** Where policy may lie on one kind of machine; each place overrides the one before (DESIGN, Policy). */
export type Places = {
  /** a packager's folder, shown as [vendor] */
  readonly vendorFolder?: string;
  /** the main policy without its extension: one of EXTENSIONS may be there */
  readonly main?: string;
  readonly folder?: string;
  /** a property list that an MDM writes, shown as [managed] */
  readonly managedPlist?: string;
  /** a key of the Windows registry that an MDM or group policy writes, shown as [managed] */
  readonly managedRegistry?: string;
};

/** Extensions that a policy file may have. */
export const EXTENSIONS = ['.json', '.yaml', '.yml', '.plist', '.xml'] as const;

/** The places as an administrator reads them; the main policy with the extensions that it may have. */
export function placesText({ main, ...others }: Places): string {
  const named = { ...(main === undefined ? {} : { main: `${main}{${EXTENSIONS.join(',')}}` }), ...others };
  return Object.values(named).join(', ');
}

/** The table of places. Machine scope only: nothing of a user's home, of the current folder or of the environment. */
export function placesOf(os: Pick<Os, 'platform' | 'env'>): Places {
  const unix = { vendorFolder: '/usr/lib/glued/policy.d', main: '/etc/glued/policy', folder: '/etc/glued/policy.d' };
  switch (os.platform) {
    case 'darwin':
      return { ...unix, managedPlist: '/Library/Managed Preferences/dev.glued.agent.plist' };
    case 'win32':
      return {
        folder: `${os.env['ProgramData'] ?? 'C:\\ProgramData'}\\glued\\policy.d`,
        managedRegistry: 'HKLM\\Software\\Policies\\glued',
      };
    case 'linux':
    case 'other':
      return unix;
  }
}
