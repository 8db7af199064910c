/** The management consoles that `glued status --format` answers in their own words. */
export const CONSOLES = ['jamf', 'intune', 'nagios', 'prometheus'] as const;
export type Console = (typeof CONSOLES)[number];
