/** Relays of a benchmark, ours and LTTng's: each at free ports of the loopback, with a directory of its own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { RelayPeer } from './relay-peer.ts';

const POLL_MS = 50;
const OURS = new URL('../../bin/lttng-relayd.js', import.meta.url).pathname;

export interface Relay {
  readonly pid: number;
  readonly ports: readonly [control: number, data: number];
  /** Where it writes. */
  readonly output: string;
  /** Removes what it has stored. */
  clear(): void;
  end(): void;
}

/** Undefined: LTTng's relay is not installed here. */
export function lttngRelayVersion(): string | undefined {
  try {
    return execFileSync('lttng-relayd', ['--version'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

/** It is ready. */
export async function startRelay(whose: 'ours' | 'LTTng'): Promise<Relay> {
  const [control, data, live] = await freePorts();
  const output = mkdtempSync(join(tmpdir(), 'relay-bench-'));
  const at = (port: number): string => `tcp://127.0.0.1:${port}`;
  const options = ['-C', at(control), '-D', at(data), '-L', at(live), '-o', output];
  const env = { ...process.env, LTTNG_HOME: output };
  const child: ChildProcess =
    whose === 'LTTng'
      ? spawn('lttng-relayd', options, { env, stdio: 'ignore' })
      : spawn(process.execPath, [OURS, ...options], { env, stdio: 'ignore' });
  const end = (): void => {
    child.kill('SIGKILL');
    rmSync(output, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  };
  process.once('exit', end);
  const clear = (): void => {
    for (const name of readdirSync(output)) {
      if (!name.startsWith('.')) rmSync(join(output, name), { recursive: true, force: true });
    }
  };
  for (;;) {
    try {
      await (await RelayPeer.open(control, data, 'ready')).end();
      clear();
      return { pid: child.pid ?? 0, ports: [control, data], output, clear, end };
    } catch {
      await pass(POLL_MS);
    }
  }
}

async function freePorts(): Promise<[number, number, number]> {
  const found: number[] = [];
  for (let n = 0; n < 3; n++) {
    const server = createServer();
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
    const address = server.address();
    found.push(address === null || typeof address === 'string' ? 0 : address.port);
    await new Promise((done) => server.close(done));
  }
  const [control = 0, data = 0, live = 0] = found;
  return [control, data, live];
}

export function urlOf({ ports: [control, data] }: Relay): string {
  return `net://127.0.0.1:${control}:${data}`;
}
