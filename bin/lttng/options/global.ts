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

/** `isHidden`: on a command, where its help need not repeat them. */
export function addGlobalOptions(command: Command, isHidden: boolean): void {
  const options = [
    new Option('-v, --verbose', 'tell more; twice for everything').argParser(
      (_, level: number | undefined) => (level ?? 0) + 1,
    ),
    new Option('-q, --quiet', 'tell nothing but results'),
    new Option(
      '--group <name>',
      `group that may use a global registry (default: ${DEFAULT_GROUP})`,
    ),
    new Option('--no-sessiond', 'do not start a registry when none answers'),
    new Option('--sessiond-path <path>', 'registry program to start'),
    new Option('--output-format <format>', 'for people or for programs').choices(['text', 'json']),
  ];
  for (const option of options) command.addOption(isHidden ? option.hideHelp() : option);
}

/** Whether a value is what the schema of a protocol takes. */
export function fits(schema: v.GenericSchema, value: unknown): boolean {
  return v.safeParse(schema, value).success;
}

/** What was said nearest to the end of the command line counts; each `-v` does. */
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

/** Largest process id that a Linux kernel gives. */
export const PID_MAX = 2 ** 22;

/** Adds the parts of a comma-separated list; `\,` is a comma that separates nothing. */
export function appendList(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...splitList(value)];
}

function splitList(value: string): string[] {
  return (value.match(/(?:\\.|[^,\\]|\\$)+/gs) ?? []).filter((part) => part !== '');
}

/** The parser of a decimal number within bounds; `what` begins its sentence. */
export function numberBetween(what: string, min: number, max: number): (value: string) => number {
  return (value) => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw usageFailure(`${what} is a number from ${min} to ${max}, not "${value}"`);
  };
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** Bytes of `4096`, `16k`, `1M`, `1G` (powers of 1024); undefined when it is none of these. */
export function parseSize(value: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,12})([kmg]?)$/i.exec(value) ?? [];
  const bytes = Number(digits) * (UNITS[unit.toLowerCase()] ?? Number.NaN);
  return digits !== '' && Number.isSafeInteger(bytes) ? bytes : undefined;
}
