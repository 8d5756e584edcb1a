/**
 * Contexts that only Node.js knows. Those that need something to run, such as a timer, run it while an event may carry
 * them.
 */
import { createHook, executionAsyncId, triggerAsyncId } from 'node:async_hooks';
import { statSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';
import { NS_PER_MS } from '../../../src/base/time.ts';
import type { BuiltInContext } from '../../../src/event/context.ts';
import type { ContextSource, Contexts } from '../../../src/tracer/contexts.ts';
import { guarded } from '../guest/guarded.ts';

/** A program may replace the method. */
const now = performance.now.bind(performance);
/** How often the lag of the event loop is measured. */
const LAG_SAMPLE_MS = 20;

export function provideNodeContexts(contexts: Contexts): void {
  const provided: Partial<Record<BuiltInContext, ContextSource>> = {
    ...userIds(),
    ...namespaces(),
    ...asyncIds(),
    ...spanIds(),
    heap_used: heapUsed(),
    loop_lag: loopLag(),
  };
  for (const [name, source] of Object.entries(provided)) contexts.provide(name, source);
}

function userIds(): Partial<Record<BuiltInContext, ContextSource>> {
  const { getuid, geteuid, getgid, getegid } = process;
  return {
    vuid: { read: () => getuid?.() },
    veuid: { read: () => geteuid?.() },
    vgid: { read: () => getgid?.() },
    vegid: { read: () => getegid?.() },
  };
}

/** Inodes of the thread's namespaces. A program cannot change them without native code, so they are read once. */
function namespaces(): Partial<Record<BuiltInContext, ContextSource>> {
  const names = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'] as const;
  const sources = names.map((name): [string, ContextSource] => {
    let inode: number | undefined;
    return [`${name}_ns`, { read: () => (inode ??= namespaceInode(name)) }];
  });
  return Object.fromEntries(sources);
}

/** 0 where the kernel has no such namespace, or /proc cannot be read. */
function namespaceInode(name: string): number {
  try {
    return statSync(`/proc/thread-self/ns/${name}`).ino;
  } catch {
    return 0;
  }
}

/** With a hook, Node tells apart what the reactions of promises run; without one it does not. */
function asyncIds(): Partial<Record<BuiltInContext, ContextSource>> {
  const hook = createHook({ init: () => undefined });
  let users = 0;
  const toggle = guarded((isUsed: boolean) => {
    users += isUsed ? 1 : -1;
    if (users > 0) hook.enable();
    else hook.disable();
  });
  return {
    async_id: { read: executionAsyncId, toggle },
    trigger_async_id: { read: triggerAsyncId, toggle },
  };
}

/** Where versions 1 of the OpenTelemetry API keep what a program has registered, and the active span in a context. */
const OPEN_TELEMETRY = Symbol.for('opentelemetry.js.api.1');
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN');

interface SpanContext {
  readonly traceId?: unknown;
  readonly spanId?: unknown;
}
interface OpenTelemetry {
  readonly context?: {
    active(): { getValue(key: symbol): { spanContext(): SpanContext } | undefined };
  };
}

/** The library never loads the API: a program that has not, has no spans. */
function spanIds(): Partial<Record<BuiltInContext, ContextSource>> {
  const active = (): SpanContext | undefined => {
    const { [OPEN_TELEMETRY]: api } = globalThis as { [OPEN_TELEMETRY]?: OpenTelemetry };
    return api?.context?.active().getValue(SPAN)?.spanContext();
  };
  return {
    trace_id: { read: () => active()?.traceId, isForeign: true },
    span_id: { read: () => active()?.spanId, isForeign: true },
  };
}

/** Its module is loaded for the first event that may carry it: most programs never load it. */
function heapUsed(): ContextSource {
  let read = (): unknown => 0;
  return {
    read: () => read(),
    toggle: guarded((isUsed: boolean) => {
      if (!isUsed) return;
      const { getHeapStatistics } = process.getBuiltinModule('node:v8');
      read = () => getHeapStatistics().used_heap_size;
    }),
  };
}

/**
 * How late the event loop is: by how much the last timer was late, or more, by how much the next one is. So it grows
 * while the program blocks the loop.
 */
function loopLag(): ContextSource {
  let timer: NodeJS.Timeout | undefined;
  let dueMs = 0;
  let lastMs = 0;
  const tick = guarded(() => {
    const nowMs = now();
    lastMs = Math.max(0, nowMs - dueMs);
    dueMs = nowMs + LAG_SAMPLE_MS;
  });
  return {
    read: () => {
      if (timer === undefined) return 0;
      return Math.round(Math.max(lastMs, now() - dueMs) * NS_PER_MS);
    },
    toggle: guarded((isUsed: boolean) => {
      clearInterval(timer);
      timer = isUsed ? setInterval(tick, LAG_SAMPLE_MS) : undefined;
      timer?.unref();
      dueMs = now() + LAG_SAMPLE_MS;
      lastMs = 0;
    }),
  };
}
