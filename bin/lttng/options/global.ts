/** Options that every command of `lttng` takes (R2.1), before or after its name, and the values of options. */
import { type Command, Option } from 'commander';
import * as v from 'valibot';
import { DEFAULT_GROUP } from '../../../src/wire/endpoints.ts';
import type { GlobalOptions } from '../context.ts';
import { usageFailure } from '../failure.ts';

const DEFAULTS: GlobalOptions = {
  verbose: 0,
  quiet: false,
  group: DEFAULT_GROUP,
  sessiond: true,
  outputFormat: 'text',
};

/** `isHidden`: for commands, whose help does not repeat them. */
export function addGlobalOptions(command: Command, isHidden: boolean): void {
  const options = [
    new Option('-v, --verbose', 'increase verbosity; -vv shows everything').argParser(
      (_, level: number | undefined) => (level ?? 0) + 1,
    ),
    new Option('-q, --quiet', 'print only results'),
    new Option(
      '--group <name>',
      `group that may use a global registry started by this command (default: ${DEFAULT_GROUP})`,
    ),
    new Option('--no-sessiond', 'do not start a registry when none answers'),
    new Option('--sessiond-path <path>', 'registry program to start'),
    new Option('--output-format <format>', 'output for people or for programs').choices([
      'text',
      'json',
    ]),
  ];
  for (const option of options) command.addOption(isHidden ? option.hideHelp() : option);
}

/** Whether the schema of a protocol accepts a value. */
export function fits(schema: v.GenericSchema, value: unknown): boolean {
  return v.safeParse(schema, value).success;
}

/** A command's options override those before its name; `-v` adds up. */
export function globalOptionsOf(program: Command, command: Command): GlobalOptions {
  const given = (source: Command): Partial<GlobalOptions> =>
    Object.fromEntries(
      Object.entries(source.opts()).filter(([name]) =>
        name in DEFAULTS || name === 'sessiondPath'
          ? source.getOptionValueSource(name) === 'cli'
          : false,
      ),
    );
  const [first, last] = [given(program), command === program ? {} : given(command)];
  const verbose = (first.verbose ?? 0) + (last.verbose ?? 0);
  return { ...DEFAULTS, ...first, ...last, verbose };
}

/** Largest process id of a Linux kernel. */
export const PID_MAX = 2 ** 22;

/** Appends the parts of a comma-separated list; `\,` is a literal comma. */
export function appendList(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...splitList(value)];
}

function splitList(value: string): string[] {
  return (value.match(/(?:\\.|[^,\\]|\\$)+/gs) ?? []).filter((part) => part !== '');
}

/** A parser for a decimal number within bounds; `what` is the subject of its error. */
export function numberBetween(what: string, min: number, max: number): (value: string) => number {
  return (value) => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw usageFailure(`${what} is a number from ${min} to ${max}, not "${value}"`);
  };
}

const PERIODS: Readonly<Record<string, number>> = {
  '': 1,
  us: 1,
  ms: 1000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
};

/** Microseconds of `500`, `20ms`, `30s`, `10m`, `1h`, as LTTng spells them; undefined for other text. */
export function parsePeriodUs(value: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,15})(us|ms|s|m|h)?$/.exec(value) ?? [];
  const us = Number(digits) * (PERIODS[unit] ?? Number.NaN);
  return digits !== '' && Number.isSafeInteger(us) ? us : undefined;
}
