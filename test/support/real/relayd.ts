/** Our relay on free ports of the loopback interface, as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { endAfterTest, freePorts } from './lttng.ts';
import { DIST } from './os.ts';

export interface OurRelay {
  readonly child: ChildProcess;
  readonly url: string;
  readonly ports: { readonly control: number; readonly data: number };
  readonly livePort: number;
  /** Where it stores traces. */
  readonly output: string;
  /** How many lines of its log have this id. */
  logged(event: string): number;
  log(): string;
}

export interface OurRelayOptions {
  /** A command that starts the relay as its own command: the program and its arguments. */
  readonly before?: readonly string[];
  /** Where it listens, as in a URI. */
  readonly host?: string;
}

/** Starts the relay, which stores and logs in this directory. */
export async function startOurRelay(
  directory: string,
  { before = [], host = '127.0.0.1' }: OurRelayOptions = {},
): Promise<OurRelay> {
  const [control = 0, data = 0, livePort = 0] = await freePorts(3);
  const output = join(directory, 'ours');
  const path = join(directory, 'ours.log');
  const uri = (port: number): string => `tcp://${host}:${port}`;
  const ports = ['-C', uri(control), '-D', uri(data), '-L', uri(livePort)];
  const relayd = [join(DIST, 'bin/lttng-relayd.js'), ...ports, '-o', output, `--log-file=${path}`];
  const [program, ...args] = [...before, process.execPath, ...relayd];
  const child = spawn(program ?? process.execPath, args, { stdio: 'ignore' });
  endAfterTest(child);
  const logged = (event: string): number =>
    linesOf(path).filter((line) => line.includes(`"${event}"`)).length;
  await expect.poll(() => logged('relay.ready'), { timeout: 20_000 }).toBe(1);
  return {
    child,
    url: `net://${host}:${control}:${data}`,
    ports: { control, data },
    livePort,
    output,
    logged,
    log: () => linesOf(path).join('\n'),
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
