/**
 * Options of a daemon from a file in INI form: the long names of the options are the keys, and options of the command
 * line prevail over the file. A flag is set by `true`, `yes` or `on`.
 */
import { type Command, InvalidArgumentError, type Option } from 'commander';
import { fail, ok, type Result } from '../../src/base/result.ts';
import { thrownErrno } from '../../src/os/errors.ts';
import { readBounded } from '../terminal/bounded-file.ts';
import { type IniEntry, parseIni } from './ini.ts';

const FILE_BYTES_MAX = 64 * 1024;
/** Where commander has seen a value. */
const FROM_FILE = 'config';
const FLAGS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  false: false,
  no: false,
  off: false,
};

export interface IniFormat {
  /** The section of this program. */
  readonly section: string;
  /** Keys of options that cannot be used together. */
  readonly exclusive: readonly (readonly string[])[];
}

/** Keys that mean nothing in a file. */
const COMMAND_LINE_ONLY = ['config', 'version', 'help'];

/** Sets what the section of the file says. An error is one sentence with the file and, within it, the line. */
export function applyIniFile(
  command: Command,
  path: string,
  format: IniFormat,
): Result<void, string> {
  const text = readText(path);
  if (!text.ok) return text;
  const entries = parseIni(text.value, format.section);
  if (!entries.ok) return fail(`${path}, line ${entries.error.line}: it ${entries.error.reason}`);
  const seen = new Map<string, number>();
  for (const entry of entries.value) {
    const reason = apply(command, entry, seen, format);
    if (reason !== undefined) return fail(`${path}, line ${entry.line}: ${entry.key} ${reason}`);
  }
  return ok(undefined);
}

/** One sentence if the entry is wrong. `seen`: the lines of the keys before it. */
function apply(
  command: Command,
  { key, value, line }: IniEntry,
  seen: Map<string, number>,
  { exclusive }: IniFormat,
): string | undefined {
  const option = optionOf(command, key);
  if (option === undefined || COMMAND_LINE_ONLY.includes(key)) return 'is no option for a file';
  const before = seen.get(key);
  if (before !== undefined) return `is in line ${before} already`;
  seen.set(key, line);
  const parsed = valueOf(option, value);
  if (!parsed.ok) return parsed.error;
  if (parsed.value === undefined) return undefined;
  const rivals = exclusive.find((keys) => keys.includes(key)) ?? [key];
  const sources = rivals.map((rival) => sourceOf(command, rival));
  // The command line prevails.
  if (sources.includes('cli')) return undefined;
  const rival = rivals[sources.indexOf(FROM_FILE)];
  if (rival !== undefined) return `cannot be used with ${rival}`;
  command.setOptionValueWithSource(option.attributeName(), parsed.value, FROM_FILE);
  return undefined;
}

function optionOf(command: Command, key: string): Option | undefined {
  return command.options.find(({ long }) => long === `--${key}`);
}

function sourceOf(command: Command, key: string): string | undefined {
  return command.getOptionValueSource(optionOf(command, key)?.attributeName() ?? '');
}

/** Undefined: a flag that is not set. An option that needs no value on the command line may be set as a flag is. */
function valueOf(option: Option, text: string): Result<unknown, string> {
  const flag = FLAGS[text.toLowerCase()];
  const { presetArg } = option;
  if (flag !== undefined && typeof presetArg === 'string') {
    return flag ? valueOf(option, presetArg) : ok(undefined);
  }
  if (!option.required && !option.optional) {
    if (flag === undefined) return fail(`is ${text}, not one of ${Object.keys(FLAGS).join(', ')}`);
    return ok(flag ? true : undefined);
  }
  if (text === '') return fail('needs a value');
  try {
    return ok(option.parseArg === undefined ? text : option.parseArg(text, undefined));
  } catch (thrown) {
    if (!(thrown instanceof InvalidArgumentError)) throw thrown;
    return fail(`is ${text}: ${thrown.message}`);
  }
}

function readText(path: string): Result<string, string> {
  try {
    const bytes = readBounded(path, FILE_BYTES_MAX);
    if (bytes === undefined) return fail(`${path} is longer than ${FILE_BYTES_MAX} bytes`);
    return ok(bytes.toString());
  } catch (thrown) {
    const code = thrownErrno(thrown);
    if (code === undefined) throw thrown;
    return fail(`Cannot read ${path} (${code})`);
  }
}
