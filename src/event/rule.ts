/** What an event rule says of the events that it records: names, log levels, and a filter on their fields. */
import { matchesGlob } from '../base/glob.ts';
import type { EventClass } from './model.ts';

export interface EventSelection {
  /** Names; `*` matches any text. */
  readonly pattern: string;
  /** The least severe level, whose number is the greatest. */
  readonly logLevelMax: number;
  /** The most severe level; left out: all above. `--loglevel-only` makes it the same as the least severe one. */
  readonly logLevelMin?: number | undefined;
  /** Patterns of names that are not recorded. */
  readonly exclusions?: readonly string[] | undefined;
  /** In the language of `src/filter`. */
  readonly filter?: string | undefined;
}

/** Whether name and level of an event match; its fields may not. */
export function selectsName(
  { pattern, logLevelMax, logLevelMin = 0, exclusions = [] }: EventSelection,
  { name, logLevel }: Pick<EventClass, 'name' | 'logLevel'>,
): boolean {
  return (
    logLevel <= logLevelMax &&
    logLevel >= logLevelMin &&
    matchesGlob(pattern, name) &&
    !exclusions.some((excluded) => matchesGlob(excluded, name))
  );
}
