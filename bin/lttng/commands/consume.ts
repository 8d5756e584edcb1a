/** `lttng consume`: who writes a session's trace, apart from what it records (R2.10). */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { SupervisorOutcome } from '../../../actors/supervisor/context.ts';
import type { Operation, SessionInfo } from '../../../src/wire/control/messages.ts';
import type { Cli, CliOf } from '../context.ts';
import { CliFailure, clientFailure, EXIT, usageFailure } from '../failure.ts';
import { called, configIn, namedSession, requestFor, SESSION_OPTION } from '../sessions.ts';
import { takeSnapshot } from '../take-snapshot.ts';

interface ConsumeOptions {
  readonly session?: string;
  readonly continue?: true;
  readonly stop?: true;
  readonly supervise?: true;
  readonly snapshot?: true;
}

export function addConsume(program: Command, cliOf: CliOf): void {
  program
    .command('consume')
    .summary('begin or end writing the trace of a session')
    .description(
      'Begins or ends writing the trace of a session; recording into its buffers goes on meanwhile.\n' +
        'A consumer goes on exactly where the one before it ended, however that was.',
    )
    .argument('[path]', "directory of the session's trace (default: as with every command)")
    .option('--continue', 'see that there is a consumer: bring one when it was lost or ended')
    .option('--stop', 'write what the buffers hold, and write no more')
    .option('--supervise', 'with --continue: stay, and bring another one whenever it is lost')
    .option('--snapshot', 'the same as "lttng snapshot"')
    .option(...SESSION_OPTION)
    .action(async (path: string | undefined, options: ConsumeOptions, command: Command) => {
      await consume(cliOf(command), path, options);
    });
}

async function consume(cli: Cli, path: string | undefined, options: ConsumeOptions): Promise<void> {
  const said = [options.continue, options.stop, options.snapshot].filter((one) => one === true);
  if (said.length !== 1) throw usageFailure('Say one of --continue, --stop and --snapshot');
  if (options.supervise === true && options.continue !== true) {
    throw usageFailure('--supervise is for --continue');
  }
  const named =
    path === undefined ? namedSession(undefined, options.session) : sessionAt(cli, path);
  if (options.snapshot === true) {
    await takeSnapshot(cli, named, {});
    return;
  }
  const op: Operation['op'] = options.continue === true ? 'consumer.continue' : 'consumer.stop';
  const session = await requestFor(cli, named, (key) => ({ op, session: key }));
  cli.output.value({ session });
  cli.output.tell(
    options.continue === true
      ? `Writing the trace of ${called(session)}, by process ${session.consumerPid ?? 'unknown'}`
      : `Nobody writes the trace of ${called(session)} now; lttng consume --continue goes on`,
  );
  if (options.supervise === true) await supervise(cli, session);
}

/** Until the session is gone, or we are interrupted, or it is of no use. */
async function supervise({ world, client, output }: Cli, session: SessionInfo): Promise<void> {
  // Loaded for what needs it: help and usage errors are told at once.
  const { startSupervisor } = await import('../../../actors/programs/supervisor.ts');
  const outcome = await new Promise<SupervisorOutcome>((resolve, reject) => {
    startSupervisor(world, {
      scope: client.registry?.scope ?? 'user',
      sessionUuid: session.uuid,
      onDone: resolve,
      onFailure: reject,
    });
  });
  if (outcome.kind === 'failed') throw clientFailure(outcome);
  output.tell(`Supervises ${called(session)} no more: ${outcome.reason}`);
}

function sessionAt({ world }: Cli, path: string): string {
  const config = configIn(world, resolve(world.identity.workingDirectory, path));
  if (config !== undefined) return config.session.uuid;
  throw new CliFailure('NO_SESSION', `${path} is no directory of a session`, EXIT.refused);
}
