/** The declarations as a program of commander. */
import { Command, Option } from 'commander';
import { VERSION_TEXT } from '../../../src/base/version.ts';
import { GLOBAL_OPTIONS } from '../options/global.ts';
import type { CommandDeclaration, OptionDeclaration } from './declare.ts';
import { examplesText, PROGRAM } from './program.ts';

/** Carries out a command with what was parsed of its command line. */
type Run = (command: Command, operands: readonly unknown[]) => Promise<void>;

/** `lttng` without its commands. */
export function createProgram(): Command {
  const program = new Command(PROGRAM.name)
    .description(PROGRAM.description)
    .usage(PROGRAM.usage)
    .version(VERSION_TEXT, ...PROGRAM.version)
    .option(...PROGRAM.listCommands)
    .helpOption(...PROGRAM.help)
    .helpCommand(false)
    .enablePositionalOptions()
    .addHelpText('after', PROGRAM.afterText);
  for (const declared of GLOBAL_OPTIONS) addOption(program, declared);
  return program;
}

export function addCommand(program: Command, declared: CommandDeclaration, run: Run): void {
  const { name, aliases = [], operands, options, examples = [], isHidden = false } = declared;
  const command = program
    .command(name, { hidden: isHidden })
    .aliases(aliases)
    .summary(declared.summary)
    .description(declared.description);
  for (const { syntax, help } of operands) command.argument(syntax, help);
  for (const option of options) addOption(command, option);
  // Accepted here, too; only the help of the program lists them.
  for (const option of GLOBAL_OPTIONS) {
    addOption(command, { ...option, flags: freeFlags(option, options), isHidden: true });
  }
  if (declared.passesThrough === true) command.passThroughOptions();
  if (examples.length > 0) {
    command.addHelpText('after', () => `\n${examplesText(examples)}`);
  }
  command.action((...parsed: readonly unknown[]) => run(command, parsed.slice(0, operands.length)));
}

/** Without the short flag, where it is one of the command's own. */
function freeFlags({ flags }: OptionDeclaration, own: readonly OptionDeclaration[]): string {
  const [short] = flags.match(/^-\w(?=,)/) ?? [];
  const isTaken = short !== undefined && own.some((other) => other.flags.startsWith(`${short},`));
  return isTaken ? flags.replace(/^-\w, /, '') : flags;
}

function addOption(command: Command, declared: OptionDeclaration): void {
  const { flags, help, spellings, isHidden } = declared;
  const option = valued(new Option(flags, help), declared);
  command.addOption(isHidden ? option.hideHelp() : option);
  for (const spelling of spellings) {
    const other = flags.replace(/^(?:-\w, )?--[a-z-]+/, spelling);
    command.addOption(valued(new Spelling(other, option.attributeName()), declared));
  }
}

function valued(option: Option, { value }: OptionDeclaration): Option {
  if (value === undefined) return option;
  if (value.choices !== undefined) return option.choices(value.choices);
  return option.argParser((word, before: unknown) => value.parse(word, before));
}

/** Another spelling of an option, which sets the same member. */
class Spelling extends Option {
  readonly #member: string;

  constructor(flags: string, member: string) {
    super(flags);
    this.#member = member;
    this.hideHelp();
  }

  override attributeName(): string {
    return this.#member;
  }
}
