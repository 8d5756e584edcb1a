/** A private registry, session and consumer of ours, created with the programs of the package. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createRealWorld } from '../../src/os/world.ts';
import { summarizeTrace, type TraceSummary } from '../../src/view/summary.ts';
import { type Contestant, startScript } from './contestant.ts';
import { type Relay, urlOf } from './relay.ts';

/** The directory of the programs. */
export const BIN = fileURLToPath(new URL('../../bin/', import.meta.url));
const SESSION = 'bench';
const START_MS_MAX = 10_000;

export interface Registry {
  /** The environment of processes that use the registry. */
  readonly env: Readonly<Record<string, string>>;
  readonly directory: string;
  /** Runs `lttng` with these arguments; returns its output. */
  command(...args: string[]): string;
  end(): Promise<void>;
}

/** A registry in a directory of its own. */
export async function startRegistry(): Promise<Registry> {
  const directory = mkdtempSync(join(tmpdir(), 'lttng-ts-bench-'));
  const env = {
    HOME: directory,
    LTTNG_TS_RUNDIR: join(directory, 'run'),
    LTTNG_TS_PIPE: join(directory, 'apps'),
  };
  const registry = spawn(process.execPath, [join(BIN, 'lttng-sessiond.js')], {
    env: { ...process.env, ...env },
    stdio: 'ignore',
  });
  const removeAll = (): void => {
    registry.kill('SIGTERM');
    rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  };
  process.once('exit', removeAll);
  const place = join(directory, process.getuid?.() === 0 ? 'run' : '.lttng-ts');
  const deadline = Date.now() + START_MS_MAX;
  while (!existsSync(join(place, 'client.sock')) && Date.now() < deadline) await pass(20);
  return {
    env,
    directory,
    command: (...args) =>
      execFileSync(process.execPath, [join(BIN, 'lttng.js'), ...args], {
        encoding: 'utf8',
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    end: async () => {
      const ended = new Promise((resolve) => registry.once('exit', resolve));
      registry.kill('SIGTERM');
      await ended;
      process.removeListener('exit', removeAll);
      removeAll();
    },
  };
}

export interface Ours {
  readonly contestant: Contestant;
  readonly consumerPid: number;
  readonly output: string;
  /** Runs `lttng` with these arguments; returns its output. */
  command(...args: string[]): string;
  /** Stops recording and counts the events in the trace. */
  summary(): TraceSummary;
  end(): Promise<void>;
}

export interface OursChannel {
  readonly events: string;
  readonly subbufferSize: string;
  readonly subbuffers: number;
  /** Absent: the consumer writes into a directory. */
  readonly relay?: Relay | undefined;
}

/** A session with one channel, and an application that it records. */
export async function startOurs(name: string, channel: OursChannel): Promise<Ours> {
  const registry = await startRegistry();
  const { command, env } = registry;
  const { subbufferSize, subbuffers, relay } = channel;
  const output = relay?.output ?? join(registry.directory, 'trace');
  command(
    'create',
    SESSION,
    ...(relay === undefined ? ['--output', output] : ['-U', urlOf(relay)]),
  );
  const session = ['--session', SESSION];
  const buffers = ['--subbuf-size', subbufferSize, '--num-subbuf', String(subbuffers)];
  command('add-channel', 'channel', ...session, ...buffers);
  command('add-event', channel.events, ...session, '--channel', 'channel');
  command('start', SESSION);
  const contestant = await startScript(name, 'application', [], { env });
  const listed = command('--output-format', 'json', 'list', SESSION);
  return {
    contestant,
    consumerPid: Number(/"consumerPid":(\d+)/.exec(listed)?.[1]),
    output,
    command,
    summary: () => {
      command('stop', SESSION);
      const world = createRealWorld({ log: () => {} });
      const summary = summarizeTrace(world, output);
      if (!summary.ok) throw new Error(summary.error.message);
      return summary.value;
    },
    end: async () => {
      await contestant.end();
      command('destroy', SESSION);
      await registry.end();
    },
  };
}
