import type { CommandSpec } from '../spec.ts';
import { COMPONENT, json, PLUGIN, ROOT, TYPE } from './options.ts';

/** What is on this machine: components and plug-ins, in the order of help. */
export const MACHINE_COMMANDS = [
  {
    path: 'registry add',
    summary: "register a product's component on this machine",
    positionals: [COMPONENT],
    options: [
      TYPE,
      PLUGIN,
      { name: 'path', kind: 'path', value: 'INSTALLPATH', summary: 'where its content lives', needed: 'yes' },
      { name: 'channel', kind: 'text', value: 'CHANNEL', summary: 'follow this channel' },
      { name: 'set', kind: 'list', value: 'KEY=VALUE', summary: 'a setting of the plug-in; may be repeated' },
      { name: 'name', kind: 'text', value: 'TEXT', summary: 'the name that people read' },
      { name: 'adopt', kind: 'flag', summary: 'take over files that are there already' },
      json('glued.registry/1'),
    ],
    examples: ['glued registry add demo --type av --plugin files --path /opt/demo/rules'],
  },
  {
    path: 'registry remove',
    summary: 'forget a component; its content stays',
    positionals: [COMPONENT],
    options: [json('glued.registry/1')],
    examples: ['glued registry remove demo'],
  },
  {
    path: 'registry list',
    summary: 'the components of this machine',
    positionals: [],
    options: [json('glued.registry/1')],
    examples: ['glued registry list'],
  },
  {
    path: 'service install',
    summary: 'have this system start glued by itself: systemd, launchd, Task Scheduler',
    positionals: [],
    options: [ROOT, json('glued.service/1')],
    examples: ['glued service install', 'glued service install --root /mnt/image', 'glued service install --policy /etc/site/policy.yaml'],
  },
  {
    path: 'service remove',
    summary: 'stop it, and remove what install wrote; state, log and drop-ins of others stay',
    positionals: [],
    options: [ROOT, json('glued.service/1')],
    examples: ['glued service remove'],
  },
  {
    path: 'service status',
    summary: 'how its files and units stand, and what they do not cover',
    positionals: [],
    options: [ROOT, json('glued.service/1')],
    examples: ['glued service status', 'glued service status --json'],
  },
  {
    path: 'plugin check',
    summary: 'does an external plug-in keep the protocol? Every check, and what to mend',
    positionals: [{ name: 'PATH', kind: 'path', needed: 'yes', summary: "the plug-in's file" }],
    options: [json('glued.plugin-check/1')],
    examples: ['glued plugin check ./yara-rules.sh'],
  },
] as const satisfies readonly CommandSpec[];
