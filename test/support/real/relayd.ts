/** Our relay on free ports of the loopback interface, as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { endAfterTest, freePorts } from './lttng.ts';
import { DIST } from './os.ts';

export interface OurRelay {
  readonly child: ChildProcess;
  readonly url: string;
  readonly controlPort: number;
  /** Of TCP and of UDP. */
  readonly dataPort: number;
  readonly livePort: number;
  /** Where it stores traces. */
  readonly output: string;
  /** How many lines of its log have this id. */
  logged(event: string): number;
  log(): string;
  /** Kills it, and waits until it has ended. */
  kill(): Promise<void>;
  /** Another relay with the same ports and output. */
  again(): Promise<OurRelay>;
}

export interface OurRelayOptions {
  /** A command that starts the relay as its own command: the program and its arguments. */
  readonly before?: readonly string[];
  /** Where it listens, as in a URI. */
  readonly host?: string;
  /** Further options of the relay. */
  readonly options?: readonly string[];
}

/** Starts the relay, which stores and logs in this directory. */
export async function startOurRelay(
  directory: string,
  options: OurRelayOptions = {},
): Promise<OurRelay> {
  return startAt(directory, await freePorts(3), options);
}

async function startAt(
  directory: string,
  ports: readonly number[],
  settings: OurRelayOptions,
): Promise<OurRelay> {
  const { before = [], host = '127.0.0.1', options = [] } = settings;
  const [controlPort = 0, dataPort = 0, livePort = 0] = ports;
  const output = join(directory, 'ours');
  const path = join(directory, 'ours.log');
  const uri = (port: number): string => `tcp://${host}:${port}`;
  const addresses = ['-C', uri(controlPort), '-D', uri(dataPort), '-L', uri(livePort)];
  const places = [...addresses, '-o', output, `--log-file=${path}`];
  const relayd = [join(DIST, 'bin/lttng-relayd.js'), ...places, ...options];
  const [program = process.execPath, ...args] = [...before, process.execPath, ...relayd];
  const logged = (event: string): number =>
    linesOf(path).filter((line) => line.includes(`"${event}"`)).length;
  const readyBefore = logged('relay.ready');
  const child = spawn(program, args, { stdio: 'ignore' });
  endAfterTest(child);
  await expect.poll(() => logged('relay.ready'), { timeout: 20_000 }).toBeGreaterThan(readyBefore);
  return {
    child,
    url: `net://${host}:${controlPort}:${dataPort}`,
    controlPort,
    dataPort,
    livePort,
    output,
    logged,
    log: () => linesOf(path).join('\n'),
    kill: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
    again: () => startAt(directory, ports, settings),
  };
}

/** The complete lines of a file; none if it does not exist. */
export function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(0, -1);
  } catch {
    return [];
  }
}
