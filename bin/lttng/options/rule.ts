/** Options and arguments for event rules: names, log levels, targets (R2.8). */
import type { Command } from 'commander';
import { eventPattern, processName, type Target } from '../../../src/wire/common.ts';
import {
  EVENT_PATTERN_CHARACTERS_MAX,
  LIST_ENTRIES_MAX,
  PROCESS_NAME_CHARACTERS_MAX,
} from '../../../src/wire/limits.ts';
import { usageFailure } from '../failure.ts';
import { fits, numberBetween, PID_MAX } from './global.ts';

export interface TargetOptions {
  readonly all?: true;
  readonly pid?: number;
  readonly command?: string;
}

export function addTargetOptions(command: Command): Command {
  return command
    .option('-a, --all', 'all applications (default)')
    .option('--pid <n>', 'only this process', numberBetween('A process id', 1, PID_MAX))
    .option('--command <name>', 'every process with this name');
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
