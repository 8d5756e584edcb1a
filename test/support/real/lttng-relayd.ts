/** LTTng's own relay daemon, at free ports of the loopback, for one test. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { freePorts } from './lttng.ts';
import { scratchDirectory, until } from './os.ts';

export interface LttngRelayd {
  readonly controlPort: number;
  readonly dataPort: number;
  readonly livePort: number;
  /** Where it writes. */
  readonly output: string;
  /** Ends it, and waits until it has. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Whether LTTng's relay daemon is installed. */
export function hasLttngRelayd(): boolean {
  return spawnSync('lttng-relayd', ['--version']).status === 0;
}

/** It has said that it is ready. */
export async function startLttngRelayd(): Promise<LttngRelayd> {
  const home = scratchDirectory();
  const output = `${home}/traces`;
  mkdirSync(output);
  const [controlPort = 0, dataPort = 0, livePort = 0] = await freePorts(3);
  const at = (port: number): string => `tcp://127.0.0.1:${port}`;
  // Not a pipe: while a test waits for a command, it reads none, and the daemon would wait for it.
  const log = `${home}/relayd.log`;
  const errors = openSync(log, 'w');
  const child = spawn(
    'lttng-relayd',
    ['-v', '-C', at(controlPort), '-D', at(dataPort), '-L', at(livePort), '-o', output],
    { env: { PATH: process.env['PATH'], LTTNG_HOME: home }, stdio: ['ignore', 'ignore', errors] },
  );
  closeSync(errors);
  onTestFinished(() => void child.kill('SIGKILL'));
  await until(() => readFileSync(log, 'utf8').includes('Listener accepting connections'));
  return {
    controlPort,
    dataPort,
    livePort,
    output,
    stop: async (signal = 'SIGTERM') => {
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
  };
}
