/** What every command of `lttng` works with: the World, the output, the way to the registry. */
import { failureIn, type Plan, type Step, type StepResult } from '../../actors/client/plan.ts';
import { startClient } from '../../actors/programs/client.ts';
import { createRealWorld } from '../../src/os/world.ts';
import type { World } from '../../src/port/world.ts';
import { CliFailure, statusOf } from './failure.ts';
import { createOutput, type Output, type OutputFormat } from './output.ts';

/** Options of `lttng` itself (R2.1). */
export interface GlobalOptions {
  readonly verbose: number;
  readonly quiet: boolean;
  readonly group: string;
  /** False with `--no-sessiond`. */
  readonly sessiond: boolean;
  readonly sessiondPath?: string;
  readonly outputFormat: OutputFormat;
}

export interface Cli {
  readonly world: World;
  readonly output: Output;
  readonly options: GlobalOptions;
  /** Carries out a plan; throws {@link CliFailure} when one of its requests failed. */
  perform(plan: Plan): Promise<readonly StepResult[]>;
  /** Like `perform`, for plans that deal with failures themselves. */
  attempt(plan: Plan): Promise<readonly StepResult[]>;
}

/** How long something may take before we say what we wait for. */
const PATIENCE_MS = 1000;

export function createCli(options: GlobalOptions): Cli {
  const output = createOutput(options.outputFormat, options.quiet);
  const world = createRealWorld({
    processName: 'lttng',
    log: (level, message, fields) => {
      if (options.verbose === 0 && (level === 'debug' || level === 'info')) return;
      if (options.verbose < 2 && level === 'debug') return;
      process.stderr.write(
        `lttng: ${message}${fields ? ` ${JSON.stringify(fields, decimal)}` : ''}\n`,
      );
    },
  });
  const attempt = (plan: Plan): Promise<readonly StepResult[]> => {
    const progress = createProgress(output);
    return new Promise((resolve) => {
      progress.show('Looking for a registry');
      startClient(world, {
        plan,
        sessiond: sessiondOf(options),
        onStep: (step) => progress.show(textOf(step)),
        onDone: (results) => {
          progress.show(undefined);
          resolve(results);
        },
      });
    });
  };
  return {
    world,
    output,
    options,
    attempt,
    perform: async (plan) => {
      const results = await attempt(plan);
      const failed = failureIn(results);
      if (failed !== undefined) {
        throw new CliFailure(failed.code, failed.reason, statusOf(failed.code));
      }
      return results;
    },
  };
}

function sessiondOf(
  options: GlobalOptions,
): { program: string; args: readonly string[] } | undefined {
  if (!options.sessiond) return undefined;
  return {
    program: options.sessiondPath ?? 'lttng-ts:lttng-sessiond',
    args: ['--group', options.group, '--log-file'],
  };
}

/** Tells what takes longer than {@link PATIENCE_MS}, on a terminal, and wipes it away afterwards. */
function createProgress(output: Output): { show(text: string | undefined): void } {
  const isShown = output.format === 'text' && process.stderr.isTTY;
  let timer: NodeJS.Timeout | undefined;
  let isOnScreen = false;
  return {
    show(text) {
      clearTimeout(timer);
      if (isOnScreen) process.stderr.write('\r\u001b[K');
      isOnScreen = false;
      if (text === undefined || !isShown) return;
      timer = setTimeout(() => {
        isOnScreen = true;
        process.stderr.write(`${output.paint('dim', `${text} …`, 'error')}`);
      }, PATIENCE_MS);
      timer.unref();
    },
  };
}

function textOf(step: Step): string | undefined {
  // The child has the terminal.
  if (step.kind === 'run') return undefined;
  switch (step.operation.op) {
    case 'session.start':
      return 'Starting: waiting for the traced applications';
    case 'session.stop':
    case 'session.destroy':
      return 'Waiting until everything is written';
    default:
      return 'Waiting for the registry';
  }
}

function decimal(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
