/** `lttng view net://…`: lists the live sessions of a relay, or follows some of them while they are recorded. */
import type {
  LiveFailureCode,
  LiveOutcome,
  LiveTarget,
} from '../../../actors/live-view/context.ts';
import { US_PER_MS } from '../../../src/base/time.ts';
import type { PrintOptions } from '../../../src/view/printer.ts';
import type { ListedSession } from '../../../src/wire/live/list-sessions.ts';
import type { RelayAddress } from '../../../src/wire/relay/forward.ts';
import { type NetworkUri, parseUri, printUri } from '../../../src/wire/uri.ts';
import { count, printRendered, quoted, table } from '../../terminal/output.ts';
import type { Cli } from '../context.ts';
import { CliFailure, EXIT, usageFailure } from '../failure.ts';

export interface LiveSource {
  readonly relay: RelayAddress;
  /** The relay without a session. */
  readonly url: string;
  /** Undefined: the sessions are listed. */
  readonly session: Pick<LiveTarget, 'host' | 'session'> | undefined;
}

const NAMES = 'net://RELAY[:PORT] or net://RELAY[:PORT]/host/HOST/SESSION';

const STATUSES: Readonly<Record<LiveFailureCode, number>> = {
  RELAY_UNREACHABLE: EXIT.noRelay,
  RELAY_LOST: EXIT.noRelay,
  RELAY_REFUSED: EXIT.noRelay,
  NO_SESSION: EXIT.refused,
  INTERRUPTED: EXIT.interrupted,
};

/** The relay that an argument names; undefined: it is a path. */
export function liveSource(text: string): LiveSource | undefined {
  const parsed = parseUri(text, 'live');
  if (!parsed.ok) throw usageFailure(`${text}: ${parsed.error.message.replace(/\.$/, '')}`);
  const [uri, other] = parsed.value;
  if (uri === undefined || uri.destination === 'path') return undefined;
  if (other !== undefined) throw usageFailure(`A viewer reads from one relay: ${NAMES}`);
  const { host, port, protocol } = uri;
  return {
    relay: { host, port, isIpv6Only: protocol === 'tcp6' },
    url: printUri([{ ...uri, subdirectory: '' }]).replace('tcp', 'net'),
    session: sessionIn(uri),
  };
}

function sessionIn({ subdirectory }: NetworkUri): LiveSource['session'] {
  if (subdirectory === '') return undefined;
  const [kind, host, session, ...others] = subdirectory.split('/');
  if (kind !== 'host' || host === undefined || session === undefined || others.length > 0) {
    throw usageFailure(`Name the sessions of a relay as ${NAMES}`);
  }
  return { host, session };
}

/** Ends with the sessions, on a signal, or when the reader of the output closes it. */
export async function viewLive(
  cli: Cli,
  { relay, url, session }: LiveSource,
  seek: LiveTarget['seek'],
  print: PrintOptions,
): Promise<void> {
  const { output, world } = cli;
  // Loaded by the first view: other commands do not wait for the actors.
  const { startLiveView } = await import('../../../actors/programs/live-view.ts');
  const target = session === undefined ? undefined : { ...session, seek };
  cli.progress(`Connecting to ${relay.host}`);
  const outcome = await new Promise<LiveOutcome>((resolve, reject) => {
    const { stdout } = process;
    const view = startLiveView(world, {
      relay,
      target,
      output: {
        ...print,
        relay: url,
        write: (bytes) => {
          cli.progress(undefined);
          return printRendered(bytes);
        },
      },
      onDone: resolve,
      onFailure: reject,
    });
    stdout.on('drain', () => view.resume());
    // EPIPE: the reader has closed the pipe, as with `| head`.
    stdout.on('error', () => view.closeOutput());
  });
  cli.progress(undefined);
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.removeAllListeners(signal);
  const { sessions, summary, failure } = outcome;
  if (sessions !== undefined) list(cli, sessions, url);
  if (summary?.events === 0) output.note('No event to show.');
  if (summary !== undefined && summary.packetsLeftOut > 0) {
    output.note(`${count(summary.packetsLeftOut, 'packet')} left out.`);
  }
  if (failure !== undefined) {
    throw new CliFailure(failure.code, failure.reason, STATUSES[failure.code]);
  }
  if ((summary?.problems ?? 0) > 0) process.exitCode = EXIT.file;
}

function list({ output }: Cli, listed: readonly ListedSession[], url: string): void {
  const sessions = listed.toSorted(
    (one, other) => compare(one.host, other.host) || compare(one.name, other.name),
  );
  output.value({
    sessions: sessions.map(({ name, host, liveTimerUs, streams, viewers }) => ({
      name,
      host,
      liveTimerUs,
      streams,
      viewers,
    })),
  });
  const [first] = sessions;
  if (first === undefined) {
    output.line('The relay has no live session.');
    return;
  }
  const head = ['SESSION', 'HOST', 'LIVE TIMER', 'STREAMS', 'VIEWERS'];
  const rows = sessions.map(({ name, host, liveTimerUs, streams, viewers }) => [
    name,
    host,
    `${liveTimerUs / US_PER_MS} ms`,
    String(streams),
    String(viewers),
  ]);
  for (const line of table([head, ...rows], new Set([2, 3, 4]))) output.line(line);
  const example = quoted(`${url}/host/${first.host}/${first.name}`);
  output.note(`Follow one: lttng view ${example}`);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
