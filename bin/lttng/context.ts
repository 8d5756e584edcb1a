/** What every command of `lttng` works with: the World, the output, the way to the registry. */
import type { Command } from 'commander';
import type { ServingRegistry } from '../../actors/client/context.ts';
import {
  failureIn,
  type Plan,
  type Step,
  type StepResult,
} from '../../actors/client/plans/plan.ts';
import { recordDirectory } from '../../actors/sessiond/paths.ts';
import { createRealWorld } from '../../src/os/world.ts';
import type { Log } from '../../src/port/log.ts';
import type { World } from '../../src/port/world.ts';
import { locationOf, ownScope } from '../../src/wire/endpoints.ts';
import { createOutput, type Output, toJson } from '../terminal/output.ts';
import { CliFailure, statusOf } from './failure.ts';
import type { GlobalOptions } from './options/global.ts';

export interface Cli {
  readonly world: World;
  readonly output: Output;
  readonly options: GlobalOptions;
  /** The registry that answered last. */
  readonly registry: ServingRegistry | undefined;
  /** Carries out a plan; throws {@link CliFailure} when one of its requests failed. */
  perform(plan: Plan, start: StartPolicy): Promise<readonly StepResult[]>;
  /** Like `perform`, for plans that deal with failures themselves. */
  attempt(
    plan: Plan,
    start: StartPolicy,
    consumerArgs?: readonly string[],
  ): Promise<readonly StepResult[]>;
  /** Tells what takes long, on a terminal, until something else does or nothing (undefined). */
  progress(text: string | undefined, delayMs?: number): void;
}

/**
 * Whether a registry is started when none answers. Commands that need a session start one only when it has
 * sessions to go on with.
 */
export type StartPolicy = 'start-registry' | 'running-registry';

/** Makes the {@link Cli} of the command that was parsed. */
export type CliOf = (command: Command) => Cli;

/** How long something may take before we say what we wait for. */
const PATIENCE_MS = 1000;

export function createCli(options: GlobalOptions): Cli {
  const output = createOutput(options.outputFormat, options.quiet);
  const world = createRealWorld({ processName: 'lttng', log: createLog(options.verbose) });
  const progress = createProgress(output);
  let registry: ServingRegistry | undefined;
  const attempt: Cli['attempt'] = async (plan, start, consumerArgs = []) => {
    progress('Looking for a registry');
    // Loaded for what needs it: help and usage errors are told at once.
    const { startClient } = await import('../../actors/programs/client.ts');
    return new Promise((resolve, reject) => {
      startClient(world, {
        plan,
        consumerArgs,
        sessiond: start === 'start-registry' || hasRecords(world) ? sessiondOf(options) : undefined,
        onRegistry: (found) => {
          registry = found;
          world.log('info', 'Found a registry', { scope: found.scope, pid: found.pid });
        },
        onStep: (step) => progress(textOf(step)),
        onDone: (results) => {
          progress(undefined);
          releaseSignals();
          resolve(results);
        },
        onFailure: reject,
      });
    });
  };
  return {
    world,
    output,
    options,
    attempt,
    progress,
    get registry() {
      return registry;
    },
    perform: async (plan, start) => {
      const results = await attempt(plan, start);
      const failed = failureIn(results);
      if (failed !== undefined) {
        throw new CliFailure(failed.code, failed.reason, statusOf(failed.code));
      }
      return results;
    },
  };
}

/** What the World logs goes to standard error: warnings always, the rest by `-v`. */
function createLog(verbose: number): Log {
  return (level, message, fields) => {
    if (verbose === 0 && (level === 'debug' || level === 'info')) return;
    if (verbose < 2 && level === 'debug') return;
    process.stderr.write(`lttng: ${message}${fields ? ` ${toJson(fields)}` : ''}\n`);
  };
}

/** A client that is done does not hold signals any more: they end the process again. */
function releaseSignals(): void {
  process.removeAllListeners('SIGINT');
  process.removeAllListeners('SIGTERM');
}

/** Whether this user's registry has sessions to go on with: then it is worth starting for any command. */
function hasRecords({ identity, files }: World): boolean {
  const place = locationOf(identity, ownScope(identity.uid));
  const names = files.list(recordDirectory(place));
  return names.ok && names.value.some((name) => name.endsWith('.json'));
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
function createProgress(output: Output): Cli['progress'] {
  const isShown = output.format === 'text' && process.stderr.isTTY;
  let timer: NodeJS.Timeout | undefined;
  let isOnScreen = false;
  return (text, delayMs = PATIENCE_MS) => {
    clearTimeout(timer);
    if (isOnScreen) process.stderr.write('\r\u001b[K');
    isOnScreen = false;
    if (text === undefined || !isShown) return;
    const show = (): void => {
      isOnScreen = true;
      process.stderr.write(output.paint('dim', `${text} …`, 'error'));
    };
    if (delayMs === 0) show();
    else timer = setTimeout(show, delayMs).unref();
  };
}

function textOf(step: Step): string | undefined {
  // The child has the terminal.
  if (step.kind === 'run') return undefined;
  if (step.kind === 'snapshot') return 'Copying what the buffers hold';
  if (step.kind === 'rest') return 'Waiting for consumers to come back';
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
