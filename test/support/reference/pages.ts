/** What a reference says of each program and command, in no form yet: taken from the command table and the daemons. */
import type { Command } from 'commander';
import { consumerdCommand } from '../../../bin/daemon/consumerd.ts';
import { relaydCommand } from '../../../bin/daemon/relayd-options.ts';
import { sessiondCommand } from '../../../bin/daemon/sessiond.ts';
import { EXIT, EXIT_MEANINGS } from '../../../bin/lttng/failure.ts';
import { GLOBAL_OPTIONS } from '../../../bin/lttng/options/global.ts';
import type { CommandDeclaration, OptionDeclaration } from '../../../bin/lttng/table/declare.ts';
import { PROGRAM } from '../../../bin/lttng/table/program.ts';
import { type CommandGroup, GROUPS } from '../../../bin/lttng/table/table.ts';

/** A term, and what it means. */
export type Entry = readonly [term: string, meaning: string];

export interface Page {
  /** `lttng-create`. */
  readonly name: string;
  readonly section: 1 | 8;
  readonly summary: string;
  /** Other names that lead to the page. */
  readonly aliases: readonly string[];
  readonly usage: string;
  readonly paragraphs: readonly string[];
  readonly lists: readonly (readonly [heading: string, entries: readonly Entry[]])[];
  readonly examples: readonly Entry[];
}

const groups: readonly CommandGroup[] = GROUPS;

export const PAGES: readonly Page[] = [
  programPage(),
  ...groups.flatMap(({ commands }) => commands.map(commandPage)),
  daemonPage(sessiondCommand(), [
    '"lttng" starts it when it needs one. On SIGTERM it ends its sessions, whose consumers write what the buffers ' +
      'hold. It keeps a record of each session: after a kill the next registry continues them.',
  ]),
  daemonPage(relaydCommand(), [
    'It serves the consumers of this package and those of LTTng, and viewers of live sessions. SIGHUP reads the ' +
      'configuration file again and reopens the log.',
  ]),
  daemonPage(consumerdCommand('ust-consumerd'), [
    '"lttng" starts it with the credentials of its user; it is no command for people. It continues exactly where the ' +
      'consumer before it ended.',
  ]),
  daemonPage(consumerdCommand('ltt-consumerd'), [
    '"lttng" starts it, as it starts ust-consumerd(8), for the kernel part of a session. The registry of root passes ' +
      'it the buffers of the kernel: it needs no rights of its own.',
  ]),
];

function programPage(): Page {
  const { name, description, usage, examples, environment } = PROGRAM;
  return {
    name,
    section: 1,
    summary: 'control recording sessions, show their traces',
    aliases: [],
    usage: `${name} ${usage}`,
    paragraphs: [description, 'Each command has a page of its own: lttng-COMMAND(1).'],
    lists: [
      ...groups.map(({ heading, commands }): [string, Entry[]] => [
        heading,
        commands.map(({ name: of, summary }) => [of, `${summary}.`]),
      ]),
      [
        'Options',
        [...GLOBAL_OPTIONS.map(entryOf), PROGRAM.listCommands, PROGRAM.version, PROGRAM.help],
      ],
      [
        'Exit status',
        Object.entries(EXIT_MEANINGS).map(([key, meaning]) => [
          String(EXIT[key as keyof typeof EXIT]),
          meaning,
        ]),
      ],
      ['Environment', environment],
    ],
    examples,
  };
}

function commandPage(declared: CommandDeclaration): Page {
  const { name, aliases = [], summary, description, operands, options, examples = [] } = declared;
  return {
    name: `lttng-${name}`,
    section: 1,
    summary,
    aliases: aliases.map((alias) => `lttng-${alias}`),
    usage: usageOf(declared),
    paragraphs: [description],
    lists: [
      ['Arguments', operands.map(({ syntax, help }): Entry => [syntax, help])],
      ['Options', options.filter(({ isHidden }) => !isHidden).map(entryOf)],
    ],
    examples,
  };
}

export function usageOf({ name, operands }: CommandDeclaration): string {
  return ['lttng', name, '[options]', ...operands.map(({ syntax }) => syntax)].join(' ');
}

/** An option, its meaning, and the values that it takes. */
export function entryOf({ flags, help, value, spellings }: OptionDeclaration): Entry {
  const accepted = value?.bounds ?? value?.choices?.join(' or ');
  return [
    flags,
    [
      help,
      ...(accepted === undefined ? [] : [accepted]),
      ...(spellings.length === 0 || spellings.some((other) => help.includes(other))
        ? []
        : [`also ${spellings.join(', ')}`]),
    ].join('; '),
  ];
}

function daemonPage(command: Command, paragraphs: readonly string[]): Page {
  const description = command.description();
  const operands = command.registeredArguments.map(
    (operand): Entry => [`<${operand.name()}>`, operand.description],
  );
  const helper = command.createHelp();
  return {
    name: command.name(),
    section: 8,
    summary: description.charAt(0).toLowerCase() + description.slice(1).replace(/\.$/, ''),
    aliases: [],
    usage: [command.name(), '[options]', ...operands.map(([term]) => term)].join(' '),
    paragraphs: [description, ...paragraphs],
    lists: [
      ['Arguments', operands],
      [
        'Options',
        helper
          .visibleOptions(command)
          .map((option): Entry => [option.flags, helper.optionDescription(option)]),
      ],
    ],
    examples: [],
  };
}
