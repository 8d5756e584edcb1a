/** The options of `lttng-relayd`, from the command line and a file: LTTng's. See `docs/relay.md`. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { fail, ok, type Result } from '../../src/base/result.ts';
import { believed } from '../../src/os/environment.ts';
import type { LogLevel } from '../../src/port/log.ts';
import type { TcpAddress } from '../../src/port/network.ts';
import {
  LIVE_MEMORY_BYTES,
  LIVE_MEMORY_BYTES_MAX,
  LIVE_MEMORY_BYTES_MIN,
} from '../../src/relay/limits.ts';
import { type ForwardPattern, parseForwardPattern } from '../../src/wire/relay/forward-pattern.ts';
import { DEFAULT_PORTS, parseUri, type UriStream } from '../../src/wire/uri.ts';
import { parseSize } from '../terminal/size.ts';
import { daemonCommand } from './daemon.ts';
import { applyIniFile, type IniFormat } from './ini-options.ts';

export interface RelaydOptions {
  readonly controlPort: TcpAddress;
  readonly dataPort: TcpAddress;
  readonly livePort: TcpAddress;
  readonly dynamicPortAllocation?: true;
  readonly output?: string;
  readonly workingDirectory?: string;
  readonly groupOutputBySession?: true;
  readonly disallowClear?: true;
  readonly forwardTo?: readonly ForwardPattern[];
  /** Bytes. */
  readonly liveInMemory?: number;
  readonly fdPoolSize?: number;
  readonly pidFile?: string;
  readonly background?: true;
  readonly daemonize?: true;
  readonly config?: string;
  readonly logLevel: LogLevel;
}

export const RELAYD = 'lttng-relayd';
const FILE: IniFormat = {
  section: 'relayd',
  exclusive: [
    ['group-output-by-host', 'group-output-by-session'],
    ['background', 'daemonize'],
  ],
};

/** All addresses of the machine, as LTTng's relay daemon listens. */
const ANY = '0.0.0.0';
/** Viewers of this machine only, as LTTng's relay daemon listens. */
const LOOPBACK = 'localhost';
const MEBIBYTE = 1024 * 1024;
const LISTENER_KEYS = ['controlPort', 'dataPort', 'livePort'] as const;

export function relaydCommand(): Command {
  return daemonCommand(RELAYD, 'Stores the traces that other hosts stream to it.')
    .addOption(addressOption('-C, --control-port <uri>', 'control', ANY))
    .addOption(addressOption('-D, --data-port <uri>', 'data', ANY))
    .addOption(addressOption('-L, --live-port <uri>', 'live', LOOPBACK))
    .option('--dynamic-port-allocation', 'let the kernel choose the ports that are not given')
    .option('-o, --output <path>', 'directory for the traces (default: $HOME/lttng-traces)')
    .option('-w, --working-directory <path>', 'directory to change to; relative paths start there')
    .option('-p, --group-output-by-host', 'store traces as HOST/SESSION (the default)')
    .addOption(
      new Option('-s, --group-output-by-session', 'store traces as SESSION/HOST').conflicts(
        'groupOutputByHost',
      ),
    )
    .option('-x, --disallow-clear', 'refuse to delete traces when a session is cleared')
    .addOption(
      new Option('--live-in-memory [size]', 'keep live sessions in memory, not on the disk')
        .argParser(memoryOf)
        .preset(`${LIVE_MEMORY_BYTES / MEBIBYTE}M`),
    )
    .option(
      '--forward-to <host[:port]>',
      'forward peers to this relay; may be repeated, * is every host (default: nowhere)',
      addPattern,
    )
    .addOption(
      new Option('--fd-pool-size <count>', 'most files that this process may have open').argParser(
        countOf,
      ),
    )
    .addOption(
      new Option('-d, --daemonize', 'run in the background, without the terminal').conflicts(
        'background',
      ),
    )
    .option('-b, --background', 'run in the background, and print to the terminal')
    .option('--pid-file <path>', 'write the id of the process to this file')
    .option('-f, --config <path>', 'file in INI form with further options; SIGHUP reads it again')
    .addOption(new Option('-g, --group <name>').argParser(refuseGroup).hideHelp())
    .option('-v, --verbose', 'log everything, as --log-level debug');
}

/** The options of the parsed command and of the file that it names; the error is one sentence. */
export function relaydOptions(command: Command): Result<RelaydOptions, string> {
  const { config } = command.opts<{ config?: string }>();
  if (config !== undefined) {
    const applied = applyIniFile(command, config, FILE);
    if (!applied.ok) return applied;
  }
  applyEnvironment(command);
  const { verbose } = command.opts<{ verbose?: true }>();
  if (verbose === true) command.setOptionValue('logLevel', 'debug');
  const options = command.opts<RelaydOptions>();
  if (options.dynamicPortAllocation !== true) return ok(options);
  const chosen = LISTENER_KEYS.filter((key) => command.getOptionValueSource(key) === 'default');
  if (chosen.length === 0) return fail('--dynamic-port-allocation has no port to choose');
  const anyPort = chosen.map((key) => [key, { ...options[key], port: 0 }] as const);
  return ok({ ...options, ...Object.fromEntries(anyPort) });
}

/** LTTng's variables; the command line and the file prevail. */
function applyEnvironment(command: Command): void {
  const { LTTNG_RELAYD_DISALLOW_CLEAR: clear, LTTNG_RELAYD_WORKING_DIRECTORY: directory } =
    believed().environment;
  const set = (key: string, value: unknown): void => {
    if (command.getOptionValueSource(key) === undefined)
      command.setOptionValueWithSource(key, value, 'env');
  };
  if (clear === '1') set('disallowClear', true);
  if (directory !== undefined && directory !== '') set('workingDirectory', directory);
}

function addressOption(flags: string, stream: UriStream, host: string): Option {
  const port = DEFAULT_PORTS[stream];
  return new Option(flags, `address of the ${stream} connections, tcp://HOST:PORT`)
    .argParser((text) => addressOf(text, stream))
    .default({ host, port }, `tcp://${host}:${port}`);
}

function addressOf(text: string, stream: UriStream): TcpAddress {
  // A URI has no port 0; an address to listen at may leave the choice to the kernel.
  const named = text.replace(/:0+$/, '');
  const parsed = parseUri(named, stream);
  if (!parsed.ok) {
    throw new InvalidArgumentError(parsed.error.message);
  }
  const [uri, ...more] = parsed.value;
  const isAddress =
    uri?.destination !== undefined && uri.destination !== 'path' && more.length === 0;
  if (!isAddress || uri.subdirectory !== '' || uri.protocol.startsWith('udp')) {
    throw new InvalidArgumentError('It is not of the form tcp://HOST:PORT');
  }
  return { host: uri.host, port: named === text ? uri.port : 0 };
}

function countOf(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It is not a count');
  return Number(text);
}

function memoryOf(text: string): number {
  const bytes = parseSize(text);
  if (bytes !== undefined && bytes >= LIVE_MEMORY_BYTES_MIN && bytes <= LIVE_MEMORY_BYTES_MAX)
    return bytes;
  const [min, max] = [LIVE_MEMORY_BYTES_MIN, LIVE_MEMORY_BYTES_MAX].map((each) => each / MEBIBYTE);
  throw new InvalidArgumentError(`It is not a size from ${min}M to ${max}M`);
}

/** LTTng's group may ask for the daemon's health at a socket of its own. */
function refuseGroup(): never {
  throw new InvalidArgumentError('This relay has no health check socket that a group could use');
}

function addPattern(text: string, others: readonly ForwardPattern[] = []): ForwardPattern[] {
  const parsed = parseForwardPattern(text);
  if (!parsed.ok) throw new InvalidArgumentError(parsed.error);
  return [...others, parsed.value];
}
