/** `lttng consume`: starts and ends the consumer of a session, apart from its recording (R2.10). */
import type { Command } from 'commander';
import type { SupervisorOutcome } from '../../../actors/supervisor/context.ts';
import type { Operation, SessionInfo } from '../../../src/wire/control/messages.ts';
import type { Cli, CliOf } from '../context.ts';
import { noteShortage } from '../describe.ts';
import { CliFailure, clientFailure, EXIT, usageFailure } from '../failure.ts';
import { absolutePath } from '../options/paths.ts';
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
    .summary('start or end the consumer of a session')
    .description(
      'Starts or ends the consumer of a session, which writes its trace. Applications record into the buffers with ' +
        'or without a consumer. A consumer continues exactly where the previous one ended, even if that was killed.',
    )
    .argument(
      '[path]',
      "directory of the session's trace (default: that of .lttng/config, or of the only session)",
    )
    .option('--continue', 'start a consumer, unless the session has one')
    .option('--stop', 'write what the buffers hold, then end the consumer')
    .option(
      '--supervise',
      'with --continue: keep running, and start another consumer whenever one is lost',
    )
    .option('--snapshot', 'the same as "lttng snapshot"')
    .option(...SESSION_OPTION)
    .action(async (path: string | undefined, options: ConsumeOptions, command: Command) => {
      await consume(cliOf(command), path, options);
    });
}

async function consume(cli: Cli, path: string | undefined, options: ConsumeOptions): Promise<void> {
  const actions = [options.continue, options.stop, options.snapshot].filter((one) => one === true);
  if (actions.length !== 1) throw usageFailure('Use one of --continue, --stop and --snapshot');
  if (options.supervise === true && options.continue !== true) {
    throw usageFailure('--supervise requires --continue');
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
      ? `Process ${session.consumerPid ?? 'unknown'} writes the trace of ${called(session)}`
      : `Ended the consumer of ${called(session)}; lttng consume --continue starts another one`,
  );
  noteShortage(cli, session);
  if (options.supervise === true) await supervise(cli, session);
}

/** Returns when the session is gone or a signal arrives; throws when the supervisor gives up. */
async function supervise({ world, client, output }: Cli, session: SessionInfo): Promise<void> {
  // Loaded on demand, so that help and usage errors do not wait for it.
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
  output.tell(`Stopped supervising ${called(session)}: ${outcome.reason}`);
}

function sessionAt({ world }: Cli, path: string): string {
  const config = configIn(world, absolutePath(world, path));
  if (config !== undefined) return config.session.uuid;
  throw new CliFailure('NO_SESSION', `${path} is not the directory of a session`, EXIT.refused);
}
