// runtimes: node, deno
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { applyFilters, type Filtered } from '../../src/plugins/builtin/suricata/apply-filters.ts';
import { FILTER_FILES, type FilterFile, type Filters, NO_FILTERS, parseFilterFile } from '../../src/plugins/builtin/suricata/filter-lines.ts';
import { countRules, logicalLines, parseRule } from '../../src/plugins/builtin/suricata/rule-text.ts';
import { skip } from '../support/skip.ts';
import { newFolder, realPorts } from './world.ts';

const RULES = `# what this is
alert tcp any any -> any any (msg:"one heartbleed"; content:"abc"; sid:901; rev:1;)
alert tcp any any -> any any (msg:"two"; content:"abc"; metadata:deployment Perimeter, severity low; sid:902; rev:1;)
# alert tcp any any -> any any (msg:"three"; content:"abc"; sid:903; rev:1;)
#alert tcp any any -> any any (msg:"four ; paren )"; noalert; sid:904; rev:1;)
alert tcp any any -> any any (msg:"five"; flowbits:set,x; flowbits:noalert; sid:905; rev:1;)
pass tcp any any -> any any (msg:"six"; sid:906; rev:1;)
alert tcp any any -> any any (msg:"seven"; gid:3; sid:907; rev:1;)
alert tcp any any -> any any (msg:"eight"; \\
  sid:908; rev:1;)
## alert tcp any any -> any any (msg:"nine"; sid:909; rev:1;)
drop tcp any any -> any any (msg:"ten"; sid:910; rev:1;)
alert tcp any any -> any any (msg:"thirteen"; content:"a\\"b"; sid:913; rev:1;)
`;

type Files = Partial<Record<FilterFile, readonly string[]>>;

function filtersOf(files: Files): Filters {
  return FILTER_FILES.reduce((all, name) => {
    const parsed = parseFilterFile(name, name, (files[name] ?? []).join('\n'));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.failure));
    const { disable, enable, drop, modify } = parsed.value;
    return { disable: [...all.disable, ...disable], enable: [...all.enable, ...enable], drop: [...all.drop, ...drop], modify: [...all.modify, ...modify] };
  }, NO_FILTERS);
}

const filtered = (files: Files, rules = RULES): Filtered => applyFilters(rules, 'in.rules', filtersOf(files));

/** The rules that are on, by id and action. */
const onIn = (text: string): string =>
  [...logicalLines(text)].map(({ line }) => parseRule(line)).filter((rule) => rule?.state === 'on').map((rule) => `${rule?.raw.split(' ')[0]} ${rule?.sid}`).join(', ');

/** What each case of the table does: which rules are on then. */
const CASES: readonly (readonly [string, Files])[] = [
  ['nothing', {}],
  ['one sid', { 'disable.conf': ['901 # trailing'] }],
  ['ids in a list, with and without gid', { 'disable.conf': ['901, 906', '3:907', '907'] }],
  ['a pattern', { 'disable.conf': ['re:HEARTBLEED'] }],
  ['a pattern from the beginning', { 'disable.conf': ['re: ^alert'] }],
  ['metadata', { 'disable.conf': ['metadata: severity LOW'] }],
  ['metadata whose value differs', { 'disable.conf': ['metadata: severity high'] }],
  ['a group', { 'disable.conf': ['group:in.rules'] }],
  ['a group without its ending', { 'disable.conf': ['group:in'] }],
  ['a group whose case differs', { 'disable.conf': ['group:I*'] }],
  ['a file by wildcard', { 'disable.conf': ['filename:*in.rules'] }],
  ['a file without its ending', { 'disable.conf': ['filename:in'] }],
  ['all', { 'disable.conf': ['*'] }],
  ['what was off is on', { 'enable.conf': ['903', '904', '909'] }],
  ['enable wins over disable', { 'disable.conf': ['901'], 'enable.conf': ['901'] }],
  ['drop takes all but what only marks', { 'drop.conf': ['re:.'] }],
  ['drop comes before modify', { 'drop.conf': ['901'], 'modify.conf': ['901 "alert" "reject"'] }],
  ['and modify sees the drop', { 'drop.conf': ['901'], 'modify.conf': ['901 "drop" "reject"'] }],
  ['disable looks at what was published', { 'drop.conf': ['901'], 'disable.conf': ['re:^drop.*one'] }],
  ['back references', { 'modify.conf': ['901 "^(alert)(.*)one" "drop\\2ONE"'] }],
  ['a selector in quotes', { 'modify.conf': ['"re:two" "alert" "reject"', '"re:no such" "alert" "reject"'] }],
  ["oinkmaster's form", { 'modify.conf': ['modifysid 902 "^alert(.*)two(.*)" | "drop${1}TWO${2}"'] }],
  ['a quote in a pattern', { 'modify.conf': ['913 "content:\\"a" "content:\\"z"'] }],
  ['a whole match, a double backslash', { 'modify.conf': ['901 "(he)art" "\\g<0>-$1-${1}-\\1-\\\\1"'] }],
  ['a rule is switched on by a modification', { 'modify.conf': ['903 "^# " ""'] }],
  ['one that leaves no rule is not made', { 'modify.conf': ['901 "a.*b" "x"'] }],
];

test('each kind of line does what it says', () => {
  const all = 'alert 901, alert 902, alert 905, pass 906, alert 907, alert 908, drop 910, alert 913';
  const expected: Readonly<Record<string, string>> = {
    nothing: all,
    'one sid': all.replace('alert 901, ', ''),
    'ids in a list, with and without gid': 'alert 902, alert 905, alert 908, drop 910, alert 913',
    'a pattern': all.replace('alert 901, ', ''),
    'a pattern from the beginning': 'pass 906, drop 910',
    metadata: all.replace('alert 902, ', ''),
    'a group': '',
    'a group without its ending': '',
    'a file by wildcard': '',
    all: '',
    'what was off is on': 'alert 901, alert 902, alert 903, alert 904, alert 905, pass 906, alert 907, alert 908, alert 909, drop 910, alert 913',
    'drop takes all but what only marks': 'drop 901, drop 902, alert 905, drop 906, drop 907, drop 908, drop 910, drop 913',
    'drop comes before modify': all.replace('alert 901', 'drop 901'),
    'and modify sees the drop': all.replace('alert 901', 'reject 901'),
    'disable looks at what was published': all.replace('alert 901', 'drop 901'),
    'back references': all.replace('alert 901', 'drop 901'),
    'a selector in quotes': all.replace('alert 902', 'reject 902'),
    "oinkmaster's form": all.replace('alert 902', 'drop 902'),
    'a rule is switched on by a modification': all.replace('alert 905', 'alert 903, alert 905'),
  };
  for (const [name, files] of CASES) assert.is(onIn(filtered(files).text), expected[name] ?? all, name);
  assert.match(filtered({ 'modify.conf': ['901 "(he)art" "\\g<0>-$1-${1}-\\1-\\\\1"'] }).text, /one heart-\$1-he-he-hebleed/);
  assert.equal(filtered({ 'modify.conf': ['901 "a.*b" "x"'] }).problems, ['modify.conf, line 1 would leave no rule of 1:901 in in.rules, which stays as it was']);
});

test('what no filter means stays byte for byte, line ends and remarks too', () => {
  const odd = 'junk (\r\n\n# remark\n  alert tcp any any -> any any (msg:"x"; sid:1;)\r\nalert tcp any any -> any any (msg:"y"; sid:2;)';
  assert.is(filtered({ 'disable.conf': ['7'], 'modify.conf': ['* "zzz" ""'] }, odd).text, odd);
  assert.equal(filtered({ 'disable.conf': ['2'] }, odd).changed, 1);
  assert.is(filtered({ 'disable.conf': ['2'] }, odd).text, `${odd.slice(0, odd.lastIndexOf('\n') + 1)}# ${odd.slice(odd.lastIndexOf('\n') + 1)}`);
});

test('a line that cannot be read is named with its file, its number and what is wrong; all of them are', () => {
  const bad: readonly (readonly [FilterFile, string, RegExp])[] = [
    ['disable.conf', 'nonsense here', /none of SID, GID:SID, re:PATTERN/],
    ['enable.conf', '3-7', /none of SID/],
    ['drop.conf', 're:(', /cannot be read/],
    ['disable.conf', 're:', /pattern is empty/],
    ['disable.conf', 'group:', /names nothing/],
    ['disable.conf', 'metadata: severity', /not metadata:KEY VALUE/],
    ['modify.conf', '1 "a"', /not SELECTOR "FROM" "TO"/],
    ['modify.conf', '1 "a" "b" "c"', /not SELECTOR/],
    ['modify.conf', '1 "(" "x"', /cannot be read/],
    ['modify.conf', 'zz "a" "b"', /none of SID/],
    ['modify.conf', '1 "a b', /a quote is not closed/],
  ];
  for (const [name, line, problem] of bad) {
    const parsed = parseFilterFile(name, `/etc/x/${name}`, `# fine\n901\n`.slice(0, name === 'modify.conf' ? 7 : undefined) + `\n${line}\n${line}\n`);
    assert.not.ok(parsed.ok, line);
    const found = parsed.ok ? [] : parsed.failure;
    assert.is(found.length, 2, line);
    assert.match(found[0]?.problem ?? '', problem, line);
    assert.is(found[0]?.found, line);
    assert.is(found[0]?.line, name === 'modify.conf' ? 3 : 4, line);
  }
});

test("Python's spellings of patterns are understood", () => {
  const one = (line: string): string => onIn(filtered({ 'disable.conf': [line] }, RULES.split('\n').slice(1, 3).join('\n')).text);
  assert.is(one('re:(?P<q>")one.*(?P=q)'), 'alert 902');
  assert.is(one('re:(?i)ONE'), 'alert 902');
  assert.is(one('re:\\Aalert.*two.*\\Z'), 'alert 901');
});

test('rules are counted as the engine will read them', () => {
  assert.is(countRules(RULES), 8);
  assert.is(countRules('# alert x (sid:1;)\n\n'), 0);
  assert.is(parseRule('alert tcp any any -> any any (msg:"a;sid:5;"; sid:6;)')?.sid, 6);
  assert.is(parseRule('alert tcp any any -> any any (msg:"no id";)'), undefined);
});

const peer = realPorts.proc.find(['suricata-update']);
const engine = realPorts.proc.find(['suricata']);
if (peer === undefined || engine === undefined) skip(test, 'suricata-update itself does the same with each case', 'suricata-update or suricata is not installed');
// once is enough: the other program is the same, and takes a second a case
else if (!('Deno' in globalThis)) test('suricata-update itself does the same with each case', () => {
  const root = newFolder();
  // our sids are in nobody's range, so that what its package brings along is told apart
  writeFileSync(join(root, 'in.rules'), RULES);
  for (const [name, files] of CASES) assert.is(peerOn(root, files), onIn(filtered(files).text), name);
});

/** What suricata-update makes of the rules with these files: its own copies of the engine's rules left out. */
function peerOn(root: string, files: Files): string {
  const conf = join(root, 'conf');
  const out = join(root, 'out');
  mkdirSync(conf, { recursive: true });
  mkdirSync(join(root, 'data'), { recursive: true });
  for (const name of FILTER_FILES) writeFileSync(join(conf, name), `${(files[name] ?? []).join('\n')}\n`);
  const flags = FILTER_FILES.map((name) => `--${name.replace('.', '-')}=${join(conf, name)}`);
  const where = ['--url', `file://${join(root, 'in.rules')}`, '-o', out, '--data-dir', join(root, 'data'), '--force', '--no-test', '--no-reload', '--ignore', '*-events.rules', '--ignore', 'files.rules'];
  const yaml = '/etc/suricata/suricata.yaml';
  spawnSync(peer ?? '', [...where, ...flags, ...(existsSync(yaml) ? ['--suricata-conf', yaml] : [])], { encoding: 'utf8', timeout: 60_000 });
  return onIn(readFileSync(join(out, 'suricata.rules'), 'utf8').split('\n').filter((line) => /sid:9\d\d;/.test(line)).sort((a, b) => sidIn(a) - sidIn(b)).join('\n'));
}
const sidIn = (line: string): number => Number(/sid:(\d+)/.exec(line)?.[1]);

test.run();
