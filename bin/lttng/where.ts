/** Where the trace of a session goes, for people: a directory, or a relay and the connection to it (R3.7). */
import { formatBasicDateTime } from '../../src/base/calendar.ts';
import { NS_PER_MS_BIGINT } from '../../src/base/time.ts';
import { destinationText, isRelay } from '../../src/wire/control/destination.ts';
import type { Session } from '../control/api/session.ts';
import { count, formatBytes } from '../terminal/output.ts';

/** Whether the consumer of a session sends to a relay, or is to. */
export function isRemote({ destination }: Session): boolean {
  return destination !== undefined && isRelay(destination.to);
}

/** One text: the relay, otherwise the directory. */
export function whereText({ destination, output }: Session): string {
  if (destination !== undefined && isRelay(destination.to)) return destinationText(destination.to);
  return output ?? 'nowhere';
}

const STATES: Readonly<Record<NonNullable<Session['destination']>['state'], string>> = {
  set: 'set, not enabled',
  enabled: 'enabled',
  waiting: 'waits for a consumer',
  connecting: 'connecting',
  connected: 'connected',
  lost: 'lost',
  disabled: 'disabled',
};

/** Rows of a table about one session. */
export function whereRows({ destination, output, link, buffered }: Session): string[][] {
  return [
    ...(output === undefined ? [] : [['  output', output]]),
    ...(destination === undefined
      ? []
      : [
          [isRelay(destination.to) ? '  relay' : '  directory', destinationText(destination.to)],
          ['  connection', STATES[destination.state]],
        ]),
    ...(link === undefined
      ? []
      : [
          [
            '  in flight',
            `${count(link.packetsInFlight, 'packet')}, ${formatBytes(link.bytesInFlight)}`,
          ],
          [
            '  acknowledged',
            `${count(link.packetsStored, 'packet')}, ${formatBytes(link.bytesStored)}` +
              (link.storedAtMs === undefined
                ? ''
                : `, last at ${formatBasicDateTime(BigInt(link.storedAtMs) * NS_PER_MS_BIGINT)}`),
          ],
        ]),
    ...(buffered === undefined ? [] : [['  buffered', bufferedText(buffered)]]),
  ];
}

function bufferedText({ events, bytes, streams }: NonNullable<Session['buffered']>): string {
  if (bytes === 0) return 'nothing';
  return `${count(events, 'event')}, ${formatBytes(bytes)}, of ${count(streams, 'stream')}`;
}

/** What is wrong with the destination, or that it takes nothing at the moment. */
export function destinationProblems({ destination, state }: Session): string[] {
  if (destination === undefined) return [];
  const { state: now, failure } = destination;
  if (failure !== undefined && now !== 'connected' && now !== 'enabled') {
    return [`Problem: ${failure.reason} (${failure.code})`];
  }
  const isHeld = now === 'disabled' && state === 'active';
  return isHeld ? ['The consumer is disabled: events wait in the buffers while there is room'] : [];
}
