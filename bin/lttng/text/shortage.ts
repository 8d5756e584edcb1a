/** What the trace of a session lacks, as text and for programs. */
import type { Session, UnbufferedThread } from '../../control/api/session.ts';
import { count, table } from '../../terminal/output.ts';
import type { Cli } from '../context.ts';
import { destinationProblems } from '../where.ts';

/** Of a thread that should have buffers. */
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
  LIMIT: 'the session, or the programs of its user, have as many streams as they may have',
};

/** The same for programs. */
export function shortageOf(session: Session): object {
  const { destination, link, unwritten, lost, abandoned, unbuffered, kernel } = session;
  return {
    ...(kernel === undefined ? {} : { kernel: shortageOf(kernel) }),
    ...(destination === undefined ? {} : { destination }),
    ...(link === undefined ? {} : { link }),
    ...(unwritten === undefined ? {} : { unwritten }),
    ...(lost === undefined ? {} : { lost }),
    ...(abandoned === undefined ? {} : { abandoned }),
    ...(unbuffered === undefined ? {} : { unbuffered }),
  };
}

/** Prints them to standard error, beside the result of a command. */
export function noteShortage({ output }: Cli, session: Session): void {
  for (const line of shortageLines(session)) output.note(line);
}

function shortageLines(session: Session): string[] {
  const { kernel } = session;
  return [
    ...ownShortage(session),
    ...(kernel === undefined ? [] : ownShortage(kernel).map((line) => `Kernel: ${line}`)),
  ];
}

/** That of one part alone. */
export function ownShortage(session: Session): string[] {
  const { unwritten, lost, abandoned } = session;
  return [
    ...destinationProblems(session),
    ...(unwritten === undefined
      ? []
      : [
          `Problem: events of ${count(unwritten.streams, 'stream')} cannot be written (${unwritten.code}); ` +
            'they stay in the buffers, and the consumer tries again',
        ]),
    ...(lost === undefined || lost.events === 0
      ? []
      : [
          `Problem: ${count(lost.events, 'event')} are gone from the disk, because trace files were removed, ` +
            'replaced or truncated; the trace counts them as discarded',
        ]),
    ...(lost === undefined || lost.streams === 0
      ? []
      : [
          `Problem: ${count(lost.streams, 'stream')} could not be read to the end; ` +
            `the log of ${consumerProgram(session)} names them`,
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

function consumerProgram({ domain }: Session): string {
  return domain === 'kernel' ? 'ltt-consumerd' : 'ust-consumerd';
}

function unbufferedLines({ unbuffered }: Session): string[] {
  if (unbuffered === undefined) return [];
  const { threads, more } = unbuffered;
  const rows = threads.map(({ pid, tid, processName, code, reason, state }) => [
    `  ${processName}`,
    `pid ${pid}`,
    `thread ${tid}`,
    STATES[state],
    reason ?? `${code}: ${REASONS[code] ?? 'they cannot be made'}`,
  ]);
  return [
    `Problem: ${count(threads.length + more, 'thread')} had no buffers:`,
    ...table(rows),
    ...(more === 0 ? [] : [`  and ${count(more, 'thread')} more`]),
  ];
}
