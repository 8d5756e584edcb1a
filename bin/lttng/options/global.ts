/** Options that every command of `lttng` takes (R2.1), before or after its name. */
import type { Command } from 'commander';
import { DEFAULT_GROUP } from '../../../src/wire/endpoints.ts';
import type { GlobalOptions } from '../context.ts';
import { usageFailure } from '../failure.ts';
import { option, text, type Value } from '../table/declare.ts';

const DEFAULTS = {
  verbose: 0,
  quiet: false,
  group: DEFAULT_GROUP,
  sessiond: true,
  outputFormat: 'text',
} as const satisfies GlobalOptions;
/** Options without a default. */
const OTHERS: readonly string[] = ['sessiondPath', 'mi'];

/** `-vv` is two. */
const LEVEL: Value<number> = { parse: (_, level = 0) => level + 1 };
const FORMATS = ['text', 'json'] as const;
const FORMAT: Value<string> = { choices: FORMATS, parse: (word) => word };
const MI: Value<string> = { choices: ['xml'], parse: (word) => word };

export const GLOBAL_OPTIONS = [
  option('-v, --verbose', 'increase verbosity; -vv shows everything', { value: LEVEL }),
  option('-q, --quiet', 'print only results'),
  option(
    '--group <name>',
    `group that may use a global registry started by this command (default: ${DEFAULT_GROUP})`,
  ),
  option('--no-sessiond', 'do not start a registry when none answers'),
  option('--sessiond-path <path>', 'registry program to start', { value: text('programs') }),
  option('--output-format <format>', 'output for people or for programs', { value: FORMAT }),
  option('-m, --mi <format>', 'output as that of LTTng 2.13 for programs', { value: MI }),
] as const;

/** A command's options override those before its name; `-v` adds up. */
export function globalOptionsOf(program: Command, command: Command): GlobalOptions {
  const given = (source: Command): Partial<GlobalOptions> =>
    Object.fromEntries(
      Object.entries(source.opts()).filter(([name]) =>
        name in DEFAULTS || OTHERS.includes(name)
          ? source.getOptionValueSource(name) === 'cli'
          : false,
      ),
    );
  const [first, last] = [given(program), command === program ? {} : given(command)];
  const verbose = (first.verbose ?? 0) + (last.verbose ?? 0);
  const both = { ...first, ...last };
  if (both.mi !== undefined && both.outputFormat !== undefined) {
    throw usageFailure('Name one of --output-format and --mi');
  }
  return { ...DEFAULTS, ...both, verbose };
}
