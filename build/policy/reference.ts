import type { Key } from '../../src/policy/keys.ts';
import { POLICY, POLICY_SCHEMA } from '../../src/policy/table.ts';

const HEAD = `# The policy

Made from the table of policy keys by \`make docs\`: edit that, not this.

glued never writes a policy. It reads these places, each overriding the one before, key by key, lists as a whole:

| place | |
| --- | --- |
| \`/usr/lib/glued/policy.d/*\` | a packager's defaults, shown as \`[vendor]\` |
| \`/etc/glued/policy.json\`, \`.yaml\`, \`.plist\` or \`.xml\` | the main policy; two of them are an error |
| \`/etc/glued/policy.d/*\` | in the order of their names; one named like a vendor's file replaces it, an empty one or a link to /dev/null masks it |
| \`/Library/Managed Preferences/dev.glued.agent.plist\` | macOS: what an MDM set, shown as \`[managed]\` |
| \`%ProgramData%\\glued\\policy.d\\*\`, then \`HKLM\\Software\\Policies\\glued\` | Windows, instead of the above |

\`--policy PATH\` names a file, or a folder of them, that replaces them all. A policy, and every folder above it, must belong to root (or to the user
that glued runs as) and be writable by nobody else; otherwise the run ends with 22. Links are not followed. The same holds for the file that
\`trust.rootFile\` names, which may be reached through links: each of them is looked at too. \`--insecure-policy\` lifts both, and the result says so.

A key that is not known, has a wrong type or is out of range is an error (21) that names file, line, key, what was found and what is allowed.
\`glued policy check FILE\` lists them all; \`glued policy show --origin\` says of every value which file set it and what it overrode.

Formats: JSON; YAML 1.2 (\`no\` is text, \`010\` is ten, \`1.10\` is a number: quote versions); XML with the root \`<policy>\`, an element for
each key, \`<item>\` for each member of a list, no attributes; property lists, XML or binary. In XML and in the registry text becomes what the key's
type asks for, where nothing is lost; in property lists and in the registry 0 and 1 may stand for false and true. Samples are in \`policies/\`, with
profiles for macOS and an ADMX for Windows (all keys but \`components\`, whose names are yours: put those into policy.d, or set
\`HKLM\\Software\\Policies\\glued\\components\\ID\\KEY\`).

Secrets are never in the policy, only the names of files that hold them: a path, or \`credential:NAME\` for a credential that systemd hands to the
unit. Such a file must not be readable by others, nor writable by its group (22). Header values count as secrets: they are never shown.

No policy anywhere is 20; one that may not be read (not root?) is 26.

Where the policy states a \`schema\` newer than ${POLICY_SCHEMA}, keys that this glued does not know are ignored and reported in the result.
`;

/** docs/policy.md */
export function reference(): string {
  const sections = Object.entries(POLICY.keys).map(([name, key]) => section(name, key));
  return `${HEAD}\n${sections.join('\n')}`;
}

function section(name: string, key: Key): string {
  const rows = rowsOf(key, name);
  return `## ${name}\n\n${key.meaning}\n\n| key | allowed | default | meaning | since |\n| --- | --- | --- | --- | --- |\n${rows.join('')}`;
}

function rowsOf(key: Key, name: string): readonly string[] {
  switch (key.kind) {
    case 'scalar':
      return [row(name, key)];
    case 'list':
      return key.of.kind === 'scalar' ? [row(`${name}[]`, key, `${key.allowed}, each ${key.of.allowed}`)] : [row(`${name}[]`, key), ...rowsOf(key.of, `${name}[]`)];
    case 'map':
      return rowsOf(key.of, `${name}.${key.of.kind === 'scalar' ? 'NAME' : 'ID'}`);
    case 'group':
      return Object.entries(key.keys).flatMap(([member, of]) => rowsOf(of, `${name}.${member}`));
  }
}

function row(name: string, key: Key, allowed: string = key.allowed): string {
  const fallback = key.fallback === undefined ? (key.presence === 'needed' ? 'must be given' : '') : `\`${JSON.stringify(key.fallback)}\``;
  return `| \`${name}\` | ${cell(allowed)} | ${cell(fallback)} | ${cell(key.meaning)} | ${key.since} |\n`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
