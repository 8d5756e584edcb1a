/** What may stand at the end of a command line, by the table of commands. */
import { GLOBAL_OPTIONS } from '../options/global.ts';
import type { CommandDeclaration, OptionDeclaration, Suggestion } from '../table/declare.ts';
import { EXIT_CODES } from '../table/information.ts';
import { PROGRAM } from '../table/program.ts';
import { COMMANDS } from '../table/table.ts';

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** What a shell completes without us. */
type OfShell = 'files' | 'directories' | 'programs';
/** What only the registry knows, and the names of saved sessions. */
export type OfRegistry = Exclude<Suggestion, OfShell | 'commands'>;

/** The words to choose from, or who knows them. */
export type Choice =
  | { readonly kind: 'values'; readonly candidates: readonly Candidate[] }
  | { readonly kind: OfShell }
  | {
      readonly kind: 'registry';
      readonly knows: OfRegistry;
      /** The word up to what is completed: `--pid=`, or the names of a list before the last comma. */
      readonly prefix: string;
      readonly rest: string;
      /** The session that the command line names. */
      readonly session: string | undefined;
      /** It says `--kernel`. */
      readonly isOfKernel: boolean;
    };

/** What the words before the completed one say. */
interface Line {
  command: CommandDeclaration | undefined;
  /** The option whose value comes next. */
  pending: OptionDeclaration | undefined;
  operands: number;
  /** After `--`, or in the command line of another program: no word is an option. */
  isOver: boolean;
  session: string | undefined;
  isOfKernel: boolean;
  isOfSyscalls: boolean;
}

const NOTHING: Choice = { kind: 'values', candidates: [] };

/** `before`: the words between `lttng` and `word`, which is completed. */
export function choiceFor(before: readonly string[], word: string): Choice {
  const line = lineOf(before);
  const { command, pending } = line;
  if (pending !== undefined && isValue(pending, word)) return valueOf(pending, line, word, '');
  if (!line.isOver && word.startsWith('-')) return optionFor(line, before, word);
  if (command === undefined) return { kind: 'values', candidates: among(NAMES, '', word) };
  const { operands, passesThrough } = command;
  if (passesThrough === true && line.operands > 0) return { kind: 'files' };
  const last = operands.at(-1);
  const operand =
    operands[line.operands] ?? (/\.{3}[\]>]$/.test(last?.syntax ?? '') ? last : undefined);
  return operand === undefined ? NOTHING : suggested(operand.suggests, line, operand.syntax, word);
}

function lineOf(words: readonly string[]): Line {
  const line: Line = {
    command: undefined,
    pending: undefined,
    operands: 0,
    isOver: false,
    session: undefined,
    isOfKernel: false,
    isOfSyscalls: false,
  };
  for (const word of words) {
    const { pending } = line;
    line.pending = undefined;
    if (pending !== undefined && isValue(pending, word)) take(line, pending, word);
    else if (line.isOver) line.operands += 1;
    else if (word === '--') line.isOver = true;
    else if (word.startsWith('-')) readOption(line, word);
    else if (line.command === undefined) line.command = commandOf(word);
    else {
      line.operands += 1;
      line.isOver = line.command.passesThrough === true;
    }
  }
  return line;
}

function readOption(line: Line, word: string): void {
  const [flag = '', ...value] = word.split('=');
  const option = optionsIn(line).find((one) => flagsOf(one).includes(flag));
  if (option === undefined) return;
  if (option.flags === '-k, --kernel') line.isOfKernel = true;
  if (option.flags === '--syscall') line.isOfSyscalls = true;
  if (value.length > 0) take(line, option, value.join('='));
  else if (/ [<[]/.test(option.flags)) line.pending = option;
}

/** Whether the word after an option is its value: a value that may be absent does not begin as an option does. */
function isValue({ flags }: OptionDeclaration, word: string): boolean {
  return flags.includes('<') || !word.startsWith('-');
}

function take(line: Line, option: OptionDeclaration, value: string): void {
  if (option.value?.suggests === 'sessions') line.session = value;
}

function optionFor(line: Line, before: readonly string[], word: string): Choice {
  const [, flag = '', value] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? [];
  if (value !== undefined) {
    const option = optionsIn(line).find((one) => flagsOf(one).includes(flag));
    return option === undefined ? NOTHING : valueOf(option, line, value, `${flag}=`);
  }
  const all = [
    ...optionsIn(line).map(({ flags, help }) => [flags, help] as const),
    ...(line.command === undefined ? [PROGRAM.listCommands, PROGRAM.version] : []),
    PROGRAM.help,
  ];
  const candidates = all
    .map(([flags, description]) => ({ value: /--[\w-]+/.exec(flags)?.[0] ?? '', description }))
    .filter(({ value: long }) => !before.includes(long));
  return { kind: 'values', candidates: among(candidates, '', word) };
}

function optionsIn({ command }: Line): readonly OptionDeclaration[] {
  const own: readonly OptionDeclaration[] = command?.options ?? [];
  return [...own.filter(({ isHidden }) => !isHidden), ...GLOBAL_OPTIONS];
}

function flagsOf({ flags, spellings }: OptionDeclaration): readonly string[] {
  return [...(flags.match(/--?[\w-]+/g) ?? []), ...spellings];
}

function valueOf(option: OptionDeclaration, line: Line, word: string, prefix: string): Choice {
  const { value, flags } = option;
  return suggested(value?.choices ?? value?.suggests ?? [], line, flags, word, prefix);
}

/** `syntax` tells whether the word is a list; `prefix` precedes it in the same word of the shell. */
function suggested(
  suggests: Suggestion | readonly string[],
  { session, isOfKernel, isOfSyscalls }: Line,
  syntax: string,
  word: string,
  prefix = '',
): Choice {
  // A comma after a backslash belongs to a name.
  const before = syntax.includes('[,') ? (/^(?:.*[^\\])?,/s.exec(word)?.[0] ?? '') : '';
  const place = { prefix: prefix + before, rest: word.slice(before.length) };
  if (typeof suggests !== 'string') {
    const candidates = suggests.map((value) => ({ value, description: '' }));
    return { kind: 'values', candidates: among(candidates, place.prefix, place.rest) };
  }
  switch (suggests) {
    case 'commands':
      return { kind: 'values', candidates: among(TOPICS, place.prefix, place.rest) };
    case 'files':
    case 'directories':
    case 'programs':
      return { kind: suggests };
    default: {
      const ofKernel = isOfSyscalls ? 'syscalls' : 'kernel-events';
      const knows = suggests === 'events' && isOfKernel ? ofKernel : suggests;
      return { kind: 'registry', knows, ...place, session, isOfKernel };
    }
  }
}

/** Those that begin with `rest`, each as a whole word. */
export function among(
  candidates: readonly Candidate[],
  prefix: string,
  rest: string,
): readonly Candidate[] {
  return candidates
    .filter(({ value }) => value.startsWith(rest))
    .map(({ value, description }) => ({ value: prefix + value, description }));
}

const NAMES: readonly Candidate[] = COMMANDS.flatMap(({ name, aliases = [], summary }) =>
  [name, ...aliases].map((value) => ({ value, description: summary })),
);
const TOPICS: readonly Candidate[] = [
  ...NAMES,
  { value: EXIT_CODES, description: 'the exit statuses' },
];

function commandOf(word: string): CommandDeclaration | undefined {
  return COMMANDS.find(({ name, aliases = [] }) => name === word || aliases.includes(word));
}
