/** LTTng's own relay daemon, at free ports of the loopback, for one test. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { onTestFinished } from 'vitest';
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
  const [controlPort, dataPort, livePort] = await freePorts(3);
  const at = (port: number | undefined): string => `tcp://127.0.0.1:${port}`;
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
    controlPort: controlPort ?? 0,
    dataPort: dataPort ?? 0,
    livePort: livePort ?? 0,
    output,
    stop: async (signal = 'SIGTERM') => {
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
  };
}

/** Ports that nothing used a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address !== null && typeof address === 'object') ports.push(address.port);
  }
  for (const server of servers) server.close();
  return ports;
}
