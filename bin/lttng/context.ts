/** What every command of `lttng` works with: the World, the output, the control library. */
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { visibleJson } from '../../src/base/visible.ts';
import { createRealWorld } from '../../src/os/world.ts';
import { type Log, levelOf, sentenceOf } from '../../src/port/log.ts';
import type { World } from '../../src/port/world.ts';
import type { Control } from '../control/api/control.ts';
import { createControl } from '../control/control.ts';
import {
  type Progress,
  RegistryClient,
  type RegistryClientOptions,
} from '../control/registry-client.ts';
import { createOutput, type Output, printLine } from '../terminal/output.ts';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly verbose: number;
  readonly quiet: boolean;
  readonly group: string;
  /** False with `--no-sessiond`. */
  readonly sessiond: boolean;
  readonly sessiondPath?: string;
  readonly outputFormat: 'text' | 'json';
  /** XML of LTTng instead. */
  readonly mi?: 'xml';
}

export interface Cli {
  readonly world: World;
  readonly output: Output;
  readonly options: GlobalOptions;
  readonly control: Control;
  /** The parser with all commands, for their help. */
  readonly program: Command;
  /** Shows on a terminal what the command waits for, after a delay; undefined removes the text. */
  progress(text: string | undefined, delayMs?: number): void;
}

/** Creates the {@link Cli} of the command that was parsed. */
export type CliOf = (command: Command) => Cli;

/** What Node.js loads into programs that `run` and `record` start. */
const REGISTER = fileURLToPath(new URL('../register.cjs', import.meta.url));

/** How long something may take before the terminal shows it. */
const PATIENCE_MS = 1000;

export function createCli(options: GlobalOptions, program: Command): Cli {
  const output = createOutput(options.mi ?? options.outputFormat, options.quiet);
  const world = createRealWorld({ processName: 'lttng', log: createLog(options.verbose) });
  const progress = createProgress(output);
  const client = new RegistryClient(world, {
    sessiond: sessiondOf(options),
    onProgress: (now) => {
      progress(textOf(now));
    },
  });
  const control = createControl(client, REGISTER);
  return { world, output, options, control, program, progress };
}

/** Prints the log of the World to standard error: warnings always, more with `-v`, everything with `-vv`. */
function createLog(verbose: number): Log {
  return (event, fields) => {
    const level = levelOf(event);
    if (verbose === 0 && (level === 'debug' || level === 'info')) return;
    if (verbose < 2 && level === 'debug') return;
    printLine('error', `lttng: ${sentenceOf(event)}${fields ? ` ${visibleJson(fields)}` : ''}`);
  };
}

function sessiondOf(options: GlobalOptions): RegistryClientOptions['sessiond'] {
  if (!options.sessiond) return undefined;
  return {
    program: options.sessiondPath ?? 'lttng-ts:lttng-sessiond',
    args: ['--group', options.group, '--log-file'],
  };
}

/** Shows on a terminal what takes longer than {@link PATIENCE_MS}, and clears it afterwards. */
function createProgress(output: Output): Cli['progress'] {
  let timer: NodeJS.Timeout | undefined;
  return (text, delayMs = PATIENCE_MS) => {
    clearTimeout(timer);
    output.progress(undefined);
    if (text === undefined) return;
    const show = (): void => output.progress(`${text} …`);
    if (delayMs === 0) show();
    else timer = setTimeout(show, delayMs).unref();
  };
}

function textOf(now: Progress): string | undefined {
  if (now === 'finding') return 'Looking for a registry';
  // The child uses the terminal.
  if (now === 'done' || now.kind === 'run') return undefined;
  if (now.kind === 'snapshot') return 'Copying what the buffers hold';
  if (now.kind === 'rest') return 'Waiting for consumers to reconnect';
  switch (now.operation.op) {
    case 'session.start':
      return 'Starting: waiting for the traced applications';
    case 'session.pause':
      return 'Pausing: waiting for the traced applications';
    case 'consumer.enable':
      return 'Connecting';
    case 'consumer.disable':
    case 'session.stop':
    case 'session.destroy':
      return 'Waiting until everything is written';
    default:
      return 'Waiting for the registry';
  }
}
