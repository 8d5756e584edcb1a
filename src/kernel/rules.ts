/**
 * Which of the kernel's events the rules of a kernel part mean. A tracepoint has the name `SYSTEM:NAME` in tracefs. The
 * entry and the exit of a system call are two events of the system `syscalls`; those of `raw_syscalls` are the same
 * events without names, so that no rule means them.
 */
import { hasWildcard, matchesGlob } from '../base/glob.ts';

/** `kind` absent: a tracepoint. */
export interface EventPattern {
  readonly pattern: string;
  readonly kind?: 'tracepoint' | 'syscall';
  /** In the kernel's language. */
  readonly filter?: string;
}

const SYSCALLS = 'syscalls';
const NOT_TRACEPOINTS = [SYSCALLS, 'raw_syscalls'];
const SYSCALL = /^syscalls:sys_(?:enter|exit)_(.+)$/;

/** Whether the pattern means the event `SYSTEM:NAME`. */
export function isMeant({ pattern, kind = 'tracepoint' }: EventPattern, event: string): boolean {
  if (kind === 'syscall') {
    const [, call] = SYSCALL.exec(event) ?? [];
    return call !== undefined && matchesGlob(pattern, call);
  }
  const colon = event.indexOf(':');
  if (NOT_TRACEPOINTS.includes(event.slice(0, colon))) return false;
  return matchesGlob(pattern, event) || matchesGlob(pattern, event.slice(colon + 1));
}

/**
 * The events that one of the rules means, each with its filter; undefined: all its records are wanted. An event of
 * several rules is recorded if one of them selects it.
 */
export function meantEvents(
  rules: readonly EventPattern[],
  events: readonly string[],
): ReadonlyMap<string, string | undefined> {
  const meant = new Map<string, string | undefined>();
  for (const event of events) {
    const own = rules.filter((rule) => isMeant(rule, event));
    if (own.length > 0) meant.set(event, oneOf(new Set(own.map(({ filter }) => filter))));
  }
  return meant;
}

function oneOf(filters: ReadonlySet<string | undefined>): string | undefined {
  const [first, ...others] = filters;
  if (first === undefined || others.includes(undefined)) return undefined;
  return others.length === 0 ? first : [...filters].map((filter) => `(${filter})`).join(' || ');
}

/** Why the kernel has nothing for the rule: one sentence without its full stop. */
export function nothingMeant({ pattern, kind }: EventPattern): string {
  const what = kind === 'syscall' ? 'system call' : 'tracepoint';
  return hasWildcard(pattern)
    ? `The kernel has no ${what} whose name matches "${pattern}"`
    : `The kernel has no ${what} "${pattern}"`;
}
