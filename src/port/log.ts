/** The World's log: for each event one sentence for people, with its values beside it for programs. */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Structured log: a sentence and kebab-case fields, e.g. `('info', 'Created session', { 'session-name': 'web' })`. */
export type Log = (
  level: LogLevel,
  message: string,
  fields?: Readonly<Record<string, string | number | bigint | boolean | undefined>>,
) => void;
