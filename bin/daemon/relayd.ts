/** The main of `lttng-relayd`: see `actors/programs/relayd.ts` and `docs/relay.md`. */
import { InvalidArgumentError, Option } from 'commander';
import { startRelayd } from '../../actors/programs/relayd.ts';
import { createIdentity } from '../../src/os/identity.ts';
import type { TcpAddress } from '../../src/port/network.ts';
import { type ForwardPattern, parseForwardPattern } from '../../src/wire/relay/forward-pattern.ts';
import { DEFAULT_PORTS, parseUri, type UriStream } from '../../src/wire/uri.ts';
import { absoluteIn } from '../terminal/absolute-path.ts';
import { cannotStart, daemonCommand, startDaemon } from './daemon.ts';

interface Options {
  readonly controlPort: TcpAddress;
  readonly dataPort: TcpAddress;
  readonly livePort: TcpAddress;
  readonly output?: string;
  readonly workingDirectory?: string;
  readonly groupOutputBySession?: true;
  readonly disallowClear?: true;
  readonly forwardTo?: readonly ForwardPattern[];
  readonly verbose?: true;
}

const NAME = 'lttng-relayd';
/** All addresses of the machine, as LTTng's relay daemon listens. */
const ANY = '0.0.0.0';
/** Viewers of this machine only, as LTTng's relay daemon listens. */
const LOOPBACK = 'localhost';

export function main(): void {
  const command = daemonCommand(NAME, 'Stores the traces that other hosts stream to it.')
    .addOption(addressOption('-C, --control-port <uri>', 'control', ANY))
    .addOption(addressOption('-D, --data-port <uri>', 'data', ANY))
    .addOption(addressOption('-L, --live-port <uri>', 'live', LOOPBACK))
    .option('-o, --output <path>', 'directory for the traces (default: $HOME/lttng-traces)')
    .option('-w, --working-directory <path>', 'directory that relative paths start at')
    .option('-p, --group-output-by-host', 'store traces as HOST/SESSION (the default)')
    .addOption(
      new Option('-s, --group-output-by-session', 'store traces as SESSION/HOST').conflicts(
        'groupOutputByHost',
      ),
    )
    .option('-x, --disallow-clear', 'refuse to delete traces when a session is cleared')
    .option(
      '--forward-to <host[:port]>',
      'forward peers to this relay; may be repeated, * is every host (default: nowhere)',
      addPattern,
    )
    .option('-v, --verbose', 'log everything, as --log-level debug')
    .action((options: Options) => {
      if (options.verbose === true) command.setOptionValue('logLevel', 'debug');
      const output = outputOf(options);
      startDaemon(command, ({ world }) =>
        startRelayd(world, {
          listeners: [
            { listener: 'control', address: options.controlPort },
            { listener: 'data', address: options.dataPort },
            { listener: 'live', address: options.livePort },
          ],
          output,
          grouping: options.groupOutputBySession === true ? 'session' : 'host',
          isClearAllowed: options.disallowClear !== true,
          forwardTo: options.forwardTo ?? [],
        }),
      );
    });
  command.parse();
}

function addressOption(flags: string, stream: UriStream, host: string): Option {
  const port = DEFAULT_PORTS[stream];
  return new Option(flags, `address of the ${stream} connections, tcp://HOST:PORT`)
    .argParser((text) => addressOf(text, stream))
    .default({ host, port }, `tcp://${host}:${port}`);
}

function addressOf(text: string, stream: UriStream): TcpAddress {
  const parsed = parseUri(text, stream);
  if (!parsed.ok) {
    throw new InvalidArgumentError(parsed.error.message);
  }
  const [uri, ...more] = parsed.value;
  const isAddress =
    uri?.destination !== undefined && uri.destination !== 'path' && more.length === 0;
  if (!isAddress || uri.subdirectory !== '' || uri.protocol.startsWith('udp')) {
    throw new InvalidArgumentError('It is not of the form tcp://HOST:PORT');
  }
  return { host: uri.host, port: uri.port };
}

function addPattern(text: string, others: readonly ForwardPattern[] = []): ForwardPattern[] {
  const parsed = parseForwardPattern(text);
  if (!parsed.ok) throw new InvalidArgumentError(parsed.error);
  return [...others, parsed.value];
}

function outputOf({ output, workingDirectory }: Options): string {
  const identity = createIdentity(NAME);
  const { homeDirectory } = identity;
  const base =
    workingDirectory === undefined
      ? identity.workingDirectory
      : absoluteIn(identity.workingDirectory, workingDirectory);
  const absolute = absoluteIn(base, output ?? `${homeDirectory.replace(/\/$/, '')}/lttng-traces`);
  if (absolute !== undefined && absolute !== '/') return absolute;
  const reason = absolute === '/' ? 'the root directory is not for traces' : 'it is not absolute';
  return cannotStart(NAME, `Cannot store traces in ${output}: ${reason}`);
}
