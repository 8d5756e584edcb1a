/** `lttng consume`: starts and ends the consumer of a session, apart from its recording (R2.10). */
import type { SupervisorOutcome } from '../../../actors/supervisor/context.ts';
import type { Operation, SessionInfo } from '../../../src/wire/control/messages.ts';
import { absolutePath } from '../../control/paths.ts';
import type { Cli } from '../context.ts';
import { noteShortage } from '../describe.ts';
import { CliFailure, clientFailure, EXIT, usageFailure } from '../failure.ts';
import { called, configIn, namedSession, requestFor } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { CONSUME } from '../table/sessions.ts';
import { takeSnapshot } from '../take-snapshot.ts';

export async function consume(
  cli: Cli,
  options: Given<typeof CONSUME>,
  path?: string,
): Promise<void> {
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
