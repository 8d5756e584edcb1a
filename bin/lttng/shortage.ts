/** What a session's trace lacks or will lack, in sentences: events that are not written, or gone; threads without buffers. */
import type { SessionInfo, UnbufferedThread } from '../../src/wire/control/messages.ts';
import { count, safe, table } from '../terminal/output.ts';
import type { Cli } from './context.ts';

const STATES: Readonly<Record<UnbufferedThread['state'], string>> = {
  waiting: 'records nothing',
  served: 'has them by now, its first events are missing',
  ended: 'ended, nothing was recorded',
};

/** By error code. */
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the system has no more shared memory (kernel.shmmni, kernel.shmall)',
  ENOMEM: 'the system has no more memory',
  EIDRM: 'it cannot find them: another IPC namespace, or removed segments',
  EACCES: 'it may not attach them',
  EINVAL: 'it found others: another IPC namespace, or damaged segments',
  LIMIT: 'the session has as many streams as it may have',
};

/** The same for programs. */
export function shortageOf({ unwritten, lost, abandoned, unbuffered }: SessionInfo): object {
  return {
    ...(unwritten === undefined ? {} : { unwritten }),
    ...(lost === undefined ? {} : { lost }),
    ...(abandoned === undefined ? {} : { abandoned }),
    ...(unbuffered === undefined ? {} : { unbuffered }),
  };
}

/** Prints them to standard error, beside the result of a command. */
export function noteShortage({ output }: Cli, session: SessionInfo): void {
  for (const line of shortageLines(session)) output.note(line);
}

export function shortageLines(session: SessionInfo): string[] {
  const { unwritten, lost, abandoned } = session;
  return [
    ...(unwritten === undefined
      ? []
      : [
          `Problem: events of ${count(unwritten.streams, 'stream')} cannot be written (${safe(unwritten.code)}); they ` +
            'stay in the buffers, and the consumer tries again',
        ]),
    ...(lost === undefined || lost.events === 0
      ? []
      : [
          `Problem: ${count(lost.events, 'event')} are gone from the disk, because trace files were removed, replaced or ` +
            'truncated; the trace counts them as discarded',
        ]),
    ...(lost === undefined || lost.streams === 0
      ? []
      : [
          `Problem: ${count(lost.streams, 'stream')} could not be read to the end; the log of ust-consumerd names them`,
        ]),
    ...(lost === undefined || lost.moved === 0
      ? []
      : [
          `Problem: the files of ${count(lost.moved, 'stream')} were moved; their events are where the files are now`,
        ]),
    ...(abandoned === undefined
      ? []
      : [
          `Gave up ${count(abandoned.events, 'event')} in the buffers of ${count(abandoned.streams, 'stream')}`,
        ]),
    ...unbufferedLines(session),
  ];
}

function unbufferedLines({ unbuffered }: SessionInfo): string[] {
  if (unbuffered === undefined) return [];
  const { threads, more } = unbuffered;
  const rows = threads.map(({ pid, tid, processName, code, state }) => [
    `  ${safe(processName)}`,
    `pid ${pid}`,
    `thread ${tid}`,
    STATES[state],
    `${safe(code)}: ${REASONS[code] ?? 'they cannot be made'}`,
  ]);
  return [
    `Problem: ${count(threads.length + more, 'thread')} had no buffers:`,
    ...table(rows),
    ...(more === 0 ? [] : [`  and ${count(more, 'thread')} more`]),
  ];
}
