/** Runs a command line; reports each error as one sentence with a documented exit status. */
import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { type Command, CommanderError } from 'commander';
import { isOutOfDescriptors, TOO_FEW_DESCRIPTORS } from '../terminal/descriptors.ts';
import { createOutput, formatIn, type Output, oursOf, printLine } from '../terminal/output.ts';
import { collectUsageErrors } from '../terminal/usage-errors.ts';
import type { Cli, CliOf } from './context.ts';
import { asFailure, CliFailure, EXIT, usageFailure } from './failure.ts';
import { COMMANDS } from './table/table.ts';

/** What a command line consists of. */
export interface CommandLine {
  /** The arguments. */
  readonly words: readonly string[];
  readonly addCommands: (cliOf: CliOf) => void;
  /** Takes the options that precede the command and those that follow it. */
  readonly makeCli: CliOf;
}

/** Adds the commands to `program`, and runs the given one. Sets the exit status, and never throws. */
export async function runProgram(
  program: Command,
  { words, addCommands, makeCli }: CommandLine,
): Promise<void> {
  let cli: Cli | undefined;
  const cliOf: CliOf = (command) => (cli ??= makeCli(command));
  const outputNow = (): Output => cli?.output ?? createOutput(formatIn(words), false);
  const fail = (thrown: unknown): void => {
    process.exitCode = report(outputNow(), thrown, isVeryVerbose(words));
    // An open connection or a child would keep the process alive.
    if (process.exitCode === EXIT.internal) process.exit();
  };
  const usageError = collectUsageErrors(program);
  program.exitOverride().configureHelp({
    styleTitle: (title) => `\u001b[1m${title}\u001b[22m`,
    subcommandTerm: (command) =>
      `${command.name()} ${command.usage().replace(/^\[options\] ?/, '')}`,
  });
  addCommands(cliOf);
  program.on('option:list-commands', () => {
    listCommands(outputNow());
    throw new CommanderError(0, 'lttng.listCommands', '');
  });
  followStreams(fail);
  process.on('uncaughtException', fail);
  try {
    checkEncoding(words);
    await program.parseAsync(words, { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) fail(thrown);
    else if (thrown.code === 'commander.help') program.outputHelp();
    else if (thrown.exitCode !== 0) fail(new CliFailure('USAGE', usageError(), EXIT.usage));
  }
}

/** Prints the error; returns the exit status. */
function report(output: Output, thrown: unknown, isDetailed: boolean): number {
  const failure = asFailure(thrown);
  if (failure !== undefined) {
    output.error(failure.code, failure.message);
    return failure.exitStatus;
  }
  if (isOutOfDescriptors(thrown)) {
    output.error('NO_DESCRIPTORS', TOO_FEW_DESCRIPTORS);
    return EXIT.file;
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  output.error('INTERNAL', `Internal error of lttng: ${message}`);
  if (isDetailed) {
    for (const line of inspect(thrown).split('\n')) printLine('error', line);
  }
  return EXIT.internal;
}

/** Node.js replaces bytes that are not UTF-8, so that such a word would name something else. */
function checkEncoding(words: readonly string[]): void {
  if (!words.some((word) => word.includes('\ufffd'))) return;
  if (isUtf8(readFileSync('/proc/self/cmdline'))) return;
  throw usageFailure('An argument has a byte that is not UTF-8; Node.js cannot pass it on');
}

function listCommands(output: Output): void {
  const names = COMMANDS.flatMap(({ name, aliases = [] }) => [name, ...aliases]).sort();
  output.value(names);
  for (const name of names) output.line(name);
}

/** A reader that closed the pipe (`| head`) is no error; an output that cannot be written is one. */
function followStreams(fail: (thrown: unknown) => void): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    fail(
      new CliFailure(
        'NO_OUTPUT',
        `Cannot write the output (${error.code ?? error.message})`,
        EXIT.file,
      ),
    );
  });
  // There is no other place to report it.
  process.stderr.on('error', () => {});
}

function isVeryVerbose(words: readonly string[]): boolean {
  const flags = oursOf(words).map((word) => (word === '--verbose' ? '-v' : word));
  return (
    flags
      .filter((word) => /^-v+$/.test(word))
      .join('')
      .replaceAll('-', '').length >= 2
  );
}
