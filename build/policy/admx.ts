import type { Key, ListKey, Plain, ScalarKey } from '../../src/policy/keys.ts';
import { groupAt, type LeafKey, leafKeys } from './keys.ts';
import { xmlText } from './sample.ts';

/** Group policy has no lists of groups, so each member is a policy of its own: this many of them. */
const SLOTS = 3;
const ROOT = 'Software\\Policies\\glued';
/** The largest decimal of a REG_DWORD; above it a REG_QWORD is needed. */
const MAX_DWORD = 4_294_967_295;

/** One setting in the editor: `name` is its id, `elements` its fields. A boolean is the setting itself, enabled or disabled. */
type Setting = {
  readonly name: string;
  readonly category: string;
  readonly registryKey: string;
  readonly title: string;
  readonly help: string;
  readonly flag?: string;
  readonly elements: readonly Field[];
};
type Field = { readonly id: string; readonly valueName: string; readonly key: Key; readonly label: string };

/** Everything that group policy can say: all but components.ID, whose names the administrator makes up. */
export function admxLeaves(): readonly LeafKey[] {
  return leafKeys().filter(({ path }) => path[0] !== 'components');
}

function settings(): readonly Setting[] {
  return admxLeaves().flatMap((leaf) => (leaf.key.kind === 'list' && leaf.key.of.kind === 'group' ? slots(leaf, leaf.key) : [setting(leaf)]));
}

function setting({ path, name, key }: LeafKey): Setting {
  const last = path.at(-1) ?? '';
  const base = {
    name: path.join('_'),
    category: categoryOf(path),
    registryKey: [ROOT, ...path.slice(0, -1)].join('\\'),
    title: name,
    help: helpOf(key),
  };
  const isFlag = key.kind === 'scalar' && key.type.is === 'boolean';
  return isFlag ? { ...base, flag: last, elements: [] } : { ...base, elements: [{ id: 'value', valueName: last, key, label: name }] };
}

function slots({ path, name }: LeafKey, key: ListKey): readonly Setting[] {
  const members = key.of.kind === 'group' ? Object.entries(key.of.keys) : [];
  return Array.from({ length: SLOTS }, (_, at) => ({
    name: [...path, at + 1].join('_'),
    category: categoryOf(path),
    registryKey: [ROOT, ...path, at + 1].join('\\'),
    title: `${name} ${at + 1}`,
    help: helpOf(key),
    elements: members.map(([id, member]) => ({ id, valueName: id, key: member, label: `${id}: ${member.meaning}` })),
  }));
}

const categoryOf = (path: readonly string[]): string => (path.length === 1 && path[0] !== 'servers' ? 'glued' : (path[0] ?? ''));
const categories = (): readonly string[] => [...new Set(settings().map(({ category }) => category))].filter((name) => name !== 'glued');

function helpOf(key: Key): string {
  const fallback = key.fallback === undefined ? '' : ` Default: ${JSON.stringify(key.fallback)}.`;
  return `${key.meaning}. Allowed: ${key.allowed}.${fallback}`;
}

const lines = (parts: readonly string[]): string => parts.map((part) => `${part}\n`).join('');

/** glued.admx: what the settings write into the registry. */
export function admx(): string {
  return lines([
    '<?xml version="1.0" encoding="utf-8"?>',
    '<policyDefinitions xmlns="http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions" revision="1.0" schemaVersion="1.0">',
    '  <policyNamespaces><target prefix="glued" namespace="Glued.Policies.Agent"/></policyNamespaces>',
    '  <resources minRequiredRevision="1.0"/>',
    '  <supportedOn><definitions><definition name="SUPPORTED_glued" displayName="$(string.SUPPORTED_glued)"/></definitions></supportedOn>',
    '  <categories>',
    '    <category name="glued" displayName="$(string.category_glued)"/>',
    ...categories().map((name) => `    <category name="${name}" displayName="$(string.category_${name})"><parentCategory ref="glued"/></category>`),
    '  </categories>',
    '  <policies>',
    ...settings().flatMap(policyElement),
    '  </policies>',
    '</policyDefinitions>',
  ]);
}

function policyElement(one: Setting): readonly string[] {
  const { name, category, registryKey, flag, elements } = one;
  const presentation = elements.length > 0 ? ` presentation="$(presentation.${name})"` : '';
  const valueName = flag === undefined ? '' : ` valueName="${flag}"`;
  return [
    `    <policy name="${name}" class="Machine" displayName="$(string.${name})" explainText="$(string.${name}_help)"${presentation} key="${registryKey}"${valueName}>`,
    `      <parentCategory ref="${category}"/><supportedOn ref="SUPPORTED_glued"/>`,
    ...(flag === undefined ? [] : ['      <enabledValue><decimal value="1"/></enabledValue><disabledValue><decimal value="0"/></disabledValue>']),
    ...(elements.length === 0 ? [] : ['      <elements>', ...elements.map((field) => `        ${fieldElement(one, field)}`), '      </elements>']),
    '    </policy>',
  ];
}

function fieldElement({ name, registryKey }: Setting, { id, valueName, key }: Field): string {
  const head = `id="${id}" valueName="${valueName}"${key.presence === 'maybe' && id !== 'value' ? '' : ' required="true"'}`;
  if (key.kind === 'map') return `<list id="${id}" key="${registryKey}\\${valueName}" explicitValue="true"/>`;
  if (key.kind !== 'scalar') return `<list id="${id}" key="${registryKey}\\${valueName}" valuePrefix=""/>`;
  switch (key.type.is) {
    case 'integer': {
      const element = isLong(key) ? 'longDecimal' : 'decimal';
      return `<${element} ${head} minValue="${key.type.min}" maxValue="${key.type.max}"/>`;
    }
    case 'choice':
      return `<enum ${head}>${key.type.values.map((v) => `<item displayName="$(string.${name}_${id}_${v})"><value><string>${v}</string></value></item>`).join('')}</enum>`;
    case 'text':
      return `<text ${head} maxLength="${Math.min(key.type.max, 1023)}"/>`;
    case 'boolean':
      return `<boolean ${head}><trueValue><decimal value="1"/></trueValue><falseValue><decimal value="0"/></falseValue></boolean>`;
  }
}

const isLong = (key: ScalarKey): boolean => key.type.is === 'integer' && key.type.max > MAX_DWORD;

/** glued.adml: the words of the settings, in English. */
export function adml(): string {
  const string = (id: string, text: string): string => `      <string id="${id}">${xmlText(text)}</string>`;
  return lines([
    '<?xml version="1.0" encoding="utf-8"?>',
    '<policyDefinitionResources xmlns="http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions" revision="1.0" schemaVersion="1.0">',
    '  <displayName>glued</displayName>',
    '  <description>Policy of the glued content agent</description>',
    '  <resources>',
    '    <stringTable>',
    string('SUPPORTED_glued', 'glued 0.1 and later'),
    string('category_glued', 'glued'),
    ...categories().map((name) => string(`category_${name}`, `${name}: ${groupAt([name])?.meaning ?? 'content servers'}`)),
    ...settings().flatMap((one) => [
      string(one.name, one.title),
      string(`${one.name}_help`, one.help),
      ...one.elements.flatMap(({ id, key }) =>
        key.kind === 'scalar' && key.type.is === 'choice' ? key.type.values.map((v) => string(`${one.name}_${id}_${v}`, v)) : [],
      ),
    ]),
    '    </stringTable>',
    '    <presentationTable>',
    ...settings().flatMap(({ name, elements }) =>
      elements.length === 0 ? [] : [`      <presentation id="${name}">`, ...elements.map((field) => `        ${control(field)}`), '      </presentation>'],
    ),
    '    </presentationTable>',
    '  </resources>',
    '</policyDefinitionResources>',
  ]);
}

function control({ id, key, label }: Field): string {
  const text = xmlText(label);
  if (key.kind !== 'scalar') return `<listBox refId="${id}">${text}</listBox>`;
  switch (key.type.is) {
    case 'integer': {
      const element = isLong(key) ? 'longDecimalTextBox' : 'decimalTextBox';
      return `<${element} refId="${id}"${key.fallback === undefined ? '' : ` defaultValue="${String(key.fallback)}"`}>${text}</${element}>`;
    }
    case 'choice':
      return `<dropdownList refId="${id}" noSort="true">${text}</dropdownList>`;
    case 'text':
      return `<textBox refId="${id}"><label>${text}</label></textBox>`;
    case 'boolean':
      return `<checkBox refId="${id}">${text}</checkBox>`;
  }
}

/** oma-uri.csv: the same settings for MDMs that speak OMA-URI (after the ADMX was ingested): address, type, an example. */
export function omaUri(): string {
  const install = './Device/Vendor/MSFT/Policy/ConfigOperations/ADMXInstall/glued/Policy/glued';
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const rows = settings().map((one) => {
    const where = one.category === 'glued' ? 'glued' : `glued~${one.category}`;
    return [one.title, `./Device/Vendor/MSFT/Policy/Config/glued~Policy~${where}/${one.name}`, 'String', example(one)];
  });
  const head = [['Setting', 'OMA-URI', 'Data type', 'Value'], ['(first) ingest the ADMX', install, 'String', 'the whole text of glued.admx']];
  return lines([...head, ...rows].map((row) => row.map(quoted).join(',')));
}

function example({ flag, elements }: Setting): string {
  if (flag !== undefined) return '<enabled/>';
  return `<enabled/>${elements.map(({ id, key }) => `<data id="${id}" value="${xmlText(exampleValue(key))}"/>`).join('')}`;
}

/** U+F000 is what the policy engine of Windows puts between the names and values of a list. */
function exampleValue(key: Key): string {
  if (key.kind === 'map') return 'NAME\uf000VALUE';
  if (key.kind === 'list') return `1\uf000${exampleValue(key.of)}`;
  if (key.kind === 'group') return '';
  const fallback: Plain | undefined = key.fallback;
  if (typeof fallback === 'string' || typeof fallback === 'number') return String(fallback);
  if (key.type.is === 'choice') return key.type.values[0] ?? '';
  return key.type.is === 'integer' ? String(key.type.min) : 'TEXT';
}
