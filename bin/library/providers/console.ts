/**
 * Events of the console: what a program prints through it, as text. A method is wrapped only while its event is
 * enabled; calls of a method that the program took from the console earlier are not recorded. `console.trace` is not
 * wrapped, because it prints its caller.
 */
import { format } from 'node:util';
import type { LogLevelName } from '../../../src/event/model.ts';
import { string } from '../../../src/tracer/types.ts';
import { guarded } from '../guest/guarded.ts';
import { jsonText } from './json.ts';
import { type Source, source } from './source.ts';
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
      const recordCall = guarded((args: unknown[]) => record({ message: messageOf(args) }));
      // A proxy has the name, the length and all other properties of the method.
      const wrapped = new Proxy(original, {
        apply(target, receiver, args: unknown[]) {
          recordCall(args);
          return Reflect.apply(target, receiver, args);
        },
      });
      console[method] = wrapped;
      return () => {
        // When the program has wrapped the proxy, it stays in place and records nothing any more.
        if (console[method] === wrapped) console[method] = original;
      };
    },
    logLevel,
  );
});

/**
 * The text as the console prints it if all values are primitive. Objects become JSON of the data they hold, because
 * formatting them as the console does would run their code.
 */
function messageOf(args: readonly unknown[]): string {
  const simple = args.map((arg) => (isObject(arg) ? jsonText(arg, MESSAGE_CHARACTERS_MAX) : arg));
  return cut(format(...simple), MESSAGE_CHARACTERS_MAX);
}

function isObject(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
