/**
 * Events of the console: what a program prints through it, as text. A method is wrapped only while its event is
 * enabled; who has taken a method from the console before is not seen. `console.trace` is left alone, because it prints
 * who called it.
 */
import { format } from 'node:util';
import type { LogLevelName } from '../../../src/event/model.ts';
import { string } from '../../../src/tracer/types.ts';
import { jsonText } from './json.ts';
import { guarded, type Source, source } from './source.ts';
import { cut } from './values.ts';

/** Longest message. */
const MESSAGE_CHARACTERS_MAX = 4096;

type Method = 'debug' | 'log' | 'info' | 'warn' | 'error';
const METHODS: Readonly<Record<Method, LogLevelName>> = {
  debug: 'debug',
  log: 'info',
  info: 'info',
  warn: 'warning',
  error: 'err',
};

export const consoleSources: readonly Source[] = Object.entries(METHODS).map(([name, logLevel]) => {
  const method = name as Method;
  return source(
    `node:console_${method}`,
    { message: string },
    (record) => {
      const { console } = globalThis;
      const original = console[method];
      const note = guarded((args: unknown[]) => record({ message: messageOf(args) }));
      // A proxy keeps the name, the length, and all else that somebody may look at.
      const wrapped = new Proxy(original, {
        apply(target, receiver, args: unknown[]) {
          note(args);
          return Reflect.apply(target, receiver, args);
        },
      });
      console[method] = wrapped;
      return () => {
        // Somebody who wrapped ours keeps it; it records nothing any more.
        if (console[method] === wrapped) console[method] = original;
      };
    },
    logLevel,
  );
});

/**
 * The text as the console prints it when there are only simple values; objects are put in as JSON of what they hold,
 * because printing them the console's way runs code of theirs.
 */
function messageOf(args: readonly unknown[]): string {
  const simple = args.map((arg) => (isObject(arg) ? jsonText(arg, MESSAGE_CHARACTERS_MAX) : arg));
  return cut(format(...simple), MESSAGE_CHARACTERS_MAX);
}

function isObject(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
