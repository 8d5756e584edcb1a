/**
 * Contexts: what events carry beside their fields, by name and type (R2.9). The names that LTTng has are LTTng's; the
 * others are of Node.js, and `$app.NAME` is what the application itself publishes.
 */
import type { Field, FieldType } from './model.ts';

const TEXT: FieldType = { kind: 'string' };
const U32: FieldType = { kind: 'integer', bits: 32, signed: false };
const U64: FieldType = { kind: 'integer', bits: 64, signed: false };

interface ContextType {
  readonly type: FieldType;
  /** A noun phrase for people. */
  readonly about: string;
}

/** All contexts but those of applications. */
export const CONTEXTS = {
  vpid: { type: U32, about: 'id of the process, as the process itself sees it' },
  vtid: { type: U32, about: 'id of the thread; of the main thread, that of the process' },
  procname: { type: TEXT, about: 'name of the process' },
  vuid: { type: U32, about: 'real user id' },
  veuid: { type: U32, about: 'effective user id' },
  vgid: { type: U32, about: 'real group id' },
  vegid: { type: U32, about: 'effective group id' },
  cgroup_ns: { type: U64, about: 'inode of the cgroup namespace' },
  ipc_ns: { type: U64, about: 'inode of the IPC namespace' },
  mnt_ns: { type: U64, about: 'inode of the mount namespace' },
  net_ns: { type: U64, about: 'inode of the network namespace' },
  pid_ns: { type: U64, about: 'inode of the process id namespace' },
  time_ns: { type: U64, about: 'inode of the time namespace' },
  user_ns: { type: U64, about: 'inode of the user namespace' },
  uts_ns: { type: U64, about: 'inode of the host name namespace' },
  async_id: { type: U64, about: 'id of the asynchronous operation that runs (async_hooks)' },
  trigger_async_id: { type: U64, about: 'id of the operation that led to it' },
  trace_id: { type: TEXT, about: 'trace of the active OpenTelemetry span' },
  span_id: { type: TEXT, about: 'id of the active OpenTelemetry span' },
  heap_used: { type: U64, about: 'bytes that the JavaScript heap uses' },
  loop_lag: { type: U64, about: 'nanoseconds that the event loop is behind' },
} as const satisfies Readonly<Record<string, ContextType>>;

export type BuiltInContext = keyof typeof CONTEXTS;

/** Precedes the name of what an application publishes. */
export const APP_CONTEXT_PREFIX = '$app.';
/** The name of the field of such a context begins with it; no other context has such a name. */
const APP_FIELD_PREFIX = 'app_';
const APP_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

/** Different contexts in one channel, those of its rules included. */
export const CONTEXTS_MAX = 32;
/** Longest name of a context. */
export const CONTEXT_NAME_CHARACTERS_MAX = APP_CONTEXT_PREFIX.length + 64;
/** Longest text of a context's value; a longer one is cut. */
export const CONTEXT_TEXT_CHARACTERS_MAX = 256;

export function isBuiltIn(name: string): name is BuiltInContext {
  return Object.hasOwn(CONTEXTS, name);
}

export function isAppContext(name: string): boolean {
  return (
    name.startsWith(APP_CONTEXT_PREFIX) && APP_NAME.test(name.slice(APP_CONTEXT_PREFIX.length))
  );
}

export function isContext(name: string): boolean {
  return isBuiltIn(name) || isAppContext(name);
}

/** The field of a context in a trace. What an application publishes is text there, a number its decimal digits. */
export function contextField(name: string): Field {
  if (isBuiltIn(name)) return { name, type: CONTEXTS[name].type };
  return { name: `${APP_FIELD_PREFIX}${name.slice(APP_CONTEXT_PREFIX.length)}`, type: TEXT };
}
