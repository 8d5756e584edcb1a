/** Our relay on free ports of the loopback interface, as a process of its own. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { endAfterTest, freePorts } from './lttng.ts';
import { DIST } from './os.ts';

export interface OurRelay {
  readonly url: string;
  readonly controlPort: number;
  /** Of TCP and of UDP. */
  readonly dataPort: number;
  readonly livePort: number;
  /** Where it stores traces. */
  readonly output: string;
  /** How many lines of its log have this id. */
  logged(event: string): number;
}

/** Starts the relay, which stores and logs in this directory; behind `prefix`, a command, it has another loopback. */
export async function startOurRelay(
  directory: string,
  host = '127.0.0.1',
  prefix: readonly string[] = [],
): Promise<OurRelay> {
  const [control = 0, data = 0, livePort = 0] = await freePorts(3);
  const output = join(directory, 'ours');
  const log = join(directory, 'ours.log');
  const uri = (port: number): string => `tcp://${host}:${port}`;
  const ports = ['-C', uri(control), '-D', uri(data), '-L', uri(livePort)];
  const relayd = [process.execPath, join(DIST, 'bin/lttng-relayd.js')];
  const options = [...ports, '-o', output, `--log-file=${log}`];
  const [program = process.execPath, ...args] = [...prefix, ...relayd, ...options];
  const child = spawn(program, args, { stdio: 'ignore' });
  endAfterTest(child);
  const logged = (event: string): number =>
    linesOf(log).filter((line) => line.includes(`"${event}"`)).length;
  await expect.poll(() => logged('relay.ready'), { timeout: 20_000 }).toBe(1);
  const numbers = { controlPort: control, dataPort: data, livePort };
  return { url: `net://${host}:${control}:${data}`, ...numbers, output, logged };
}

/** The complete lines of a file; none if it does not exist. */
export function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(0, -1);
  } catch {
    return [];
  }
}
