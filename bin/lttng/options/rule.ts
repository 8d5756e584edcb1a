/** Options and arguments for event rules: names, log levels, targets (R2.8). */
import { MARKER_PREFIX } from '../../../src/event/model.ts';
import { eventPattern, processName } from '../../../src/wire/common.ts';
import { ruleFault, type Selection, selectionOf } from '../../../src/wire/control/event-rules.ts';
import {
  EVENT_PATTERN_CHARACTERS_MAX,
  EXCLUSIONS_MAX,
  LIST_ENTRIES_MAX,
  PROCESS_NAME_CHARACTERS_MAX,
} from '../../../src/wire/limits.ts';
import type { Target } from '../../control/api/session.ts';
import { usageFailure } from '../failure.ts';
import { LEVEL_NAMES, LOG_LEVEL_ALL, parseLogLevel } from '../log-levels.ts';
import { list, number, type OptionsOf, option, text, type Value } from '../table/declare.ts';
import { checkOfKernel, refused } from './domain.ts';
import { fits } from './values.ts';

/** Largest process id of a Linux kernel. */
export const PID_MAX = 2 ** 22;

export const PID = number('A process id', 1, PID_MAX, 'pids');

export const TARGET_OPTIONS = [
  option('-a, --all', 'all applications (default)'),
  option('--pid <n>', 'only this process', { value: PID }),
  option('--command <name>', 'every process with this name', { value: text('processes') }),
] as const;
export type TargetOptions = OptionsOf<typeof TARGET_OPTIONS>;

const LEVEL: Value<number> = {
  parse: parseLogLevel,
  bounds: 'a name, or 0 to 14',
  suggests: LEVEL_NAMES,
};

/** What a rule says of events beside their names. */
export const SELECTION_OPTIONS = [
  option('--loglevel <level>', 'least severe level: EMERG, ERR, INFO, DEBUG, …', { value: LEVEL }),
  option('--loglevel-only <level>', 'this level alone', { value: LEVEL }),
  option('-x, --exclude <name[,name]>', 'do not record these events, for a name with "*"', {
    value: list('events'),
  }),
  option('-f, --filter <expression>', 'record only events whose fields match, such as "n > 5"'),
] as const;
export type SelectionOptions = OptionsOf<typeof SELECTION_OPTIONS>;

/** Throws a usage failure when rules with these patterns cannot have these options. */
export function selectionFrom(patterns: readonly string[], options: SelectionOptions): Selection {
  const { loglevel, loglevelOnly, exclude, filter } = options;
  if (loglevel !== undefined && loglevelOnly !== undefined) {
    throw usageFailure('Name one of --loglevel and --loglevel-only');
  }
  if (exclude !== undefined) checkPatterns(exclude);
  if (exclude !== undefined && exclude.length > EXCLUSIONS_MAX) {
    throw usageFailure(`Exclude at most ${EXCLUSIONS_MAX} names at once`);
  }
  const selection = selectionOf({
    logLevelMax: loglevelOnly ?? loglevel ?? LOG_LEVEL_ALL,
    logLevelMin: loglevelOnly,
    exclusions: exclude,
    filter,
  });
  const fault = ruleFault(patterns, selection);
  if (fault !== undefined) throw usageFailure(fault);
  return selection;
}

/** `argument`: the name of a command, which the RFC spells without an option. */
export function targetOf({ all, pid, command: option }: TargetOptions, argument?: string): Target {
  if (option !== undefined && argument !== undefined) {
    throw usageFailure('Name the command once');
  }
  const command = option ?? argument;
  if ([all, pid, command].filter((given) => given !== undefined).length > 1) {
    throw usageFailure('Name one of --all, --pid and --command');
  }
  if (pid !== undefined) return { kind: 'pid', pid };
  if (command === undefined) return { kind: 'all' };
  if (command === '' || !fits(processName, command)) {
    throw usageFailure(
      `A command's name is 1 to ${PROCESS_NAME_CHARACTERS_MAX} characters without control characters`,
    );
  }
  return { kind: 'command', name: command };
}

const NEITHER = 'This version records tracepoints and system calls of the kernel';

/** What an event is (R2.8). */
export const TYPE_OPTIONS = [
  option('--tracepoint', 'the names are of tracepoints (default)'),
  option('--marker', 'the names are of markers: texts that programs mark'),
  option(
    '--syscall',
    'with --kernel: the names are of system calls, whose entry and exit are recorded',
  ),
  refused('--kprobe <address>', `${NEITHER}, no probes`, ['--probe', '--userspace-probe']),
  refused('--function <name>', `${NEITHER}, no functions`),
] as const;
type TypeOptions = OptionsOf<typeof TYPE_OPTIONS>;

/** What the names of kernel events are of; undefined: no option says it. */
export function kernelKindOf(options: TypeOptions): 'tracepoint' | 'syscall' | undefined {
  checkType(options);
  checkOfKernel({ '--marker': options.marker });
  if (options.syscall === true) return 'syscall';
  return options.tracepoint === true ? 'tracepoint' : undefined;
}

/** The patterns of rules for events of programs of these names; throws a usage failure when one is not valid. */
export function patternsOf(names: readonly string[], options: TypeOptions): readonly string[] {
  checkType(options);
  if (options.syscall === true) throw usageFailure('--syscall is for --kernel');
  return checkPatterns(
    options.marker === true ? names.map((name) => `${MARKER_PREFIX}${name}`) : names,
  );
}

function checkType({ tracepoint, marker, syscall }: TypeOptions): void {
  if ([tracepoint, marker, syscall].filter((given) => given === true).length > 1) {
    throw usageFailure('Name one of --tracepoint, --marker and --syscall');
  }
}

/** Whether a target is given at all. */
export function isTargeted({ all, pid, command }: TargetOptions, argument?: string): boolean {
  return [all, pid, command, argument].some((given) => given !== undefined);
}

/** A warning for a target that may cost more than the user expects (R2.12). */
export function warningOf({ all }: TargetOptions, target: Target): string | undefined {
  if (all === undefined && target.kind !== 'command') return undefined;
  const whose =
    target.kind === 'command' ? `every process named ${target.name}` : 'every application';
  return `Note: this traces ${whose} that the registry may trace, and may slow down this machine noticeably.`;
}

/** Returns the patterns; throws a usage failure when one is not valid. */
export function checkPatterns(patterns: readonly string[]): readonly string[] {
  if (patterns.length === 0) throw usageFailure('Name an event; "*" in a name matches any text');
  if (patterns.length > LIST_ENTRIES_MAX) {
    throw usageFailure(`Name at most ${LIST_ENTRIES_MAX} events at once`);
  }
  const bad = patterns.find((pattern) => !fits(eventPattern, pattern));
  if (bad === undefined) return patterns;
  throw usageFailure(
    `An event name is 1 to ${EVENT_PATTERN_CHARACTERS_MAX} characters without control characters, not "${bad}"`,
  );
}
