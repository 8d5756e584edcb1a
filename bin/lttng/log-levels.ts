/** Log levels as LTTng spells them, on command lines and in output. */
import { LOG_LEVELS } from '../../src/event/model.ts';
import { usageFailure } from './failure.ts';

/** The most severe first. */
const LEVELS: readonly (readonly [string, number])[] = Object.entries(LOG_LEVELS).map(
  ([name, level]) => [name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase(), level],
);
export const LEVEL_NAMES: readonly string[] = LEVELS.map(([name]) => name);
/** The least severe level: it includes all events. */
export const LOG_LEVEL_ALL = LOG_LEVELS.debug;

/** `INFO`, `TRACE_INFO` or `6`, in any case. */
export function parseLogLevel(value: string): number {
  const name = value.toUpperCase().replace(/^TRACE_/, '');
  const known = LEVELS.find(([level, number]) => level === name || String(number) === name);
  if (known !== undefined) return known[1];
  throw usageFailure(
    `A log level is one of ${LEVEL_NAMES.join(', ')} or its number from 0 to 14, not "${value}"`,
  );
}

export function logLevelName(level: number): string {
  return LEVELS.find(([, number]) => number === level)?.[0] ?? String(level);
}

/** The levels of a rule. */
export function levelsText(logLevelMax: number, logLevelMin = 0): string {
  if (logLevelMin === logLevelMax) return `${logLevelName(logLevelMax)} alone`;
  if (logLevelMin > 0) return `${logLevelName(logLevelMin)} to ${logLevelName(logLevelMax)}`;
  if (logLevelMax === LOG_LEVEL_ALL) return 'any level';
  return `${logLevelName(logLevelMax)} and more severe`;
}
