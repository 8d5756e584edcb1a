/** `lttng consume`: starts and ends the consumer of a session, apart from its recording (R2.10). */
import type { Session } from '../../control/api/session.ts';
import type { Cli } from '../context.ts';
import { CliFailure, EXIT, usageFailure } from '../failure.ts';
import { called, namedSession, partsOf } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { CONSUME } from '../table/sessions.ts';
import { takeSnapshot } from '../take-snapshot.ts';
import { noteShortage } from '../text/shortage.ts';

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
    path === undefined ? namedSession(undefined, options.session) : await sessionAt(cli, path);
  if (options.snapshot === true) {
    await takeSnapshot(cli, named, {});
    return;
  }
  const { control, output } = cli;
  const isContinued = options.continue === true;
  const session = await (isContinued ? control.continueConsumer : control.stopConsumer)(named);
  output.value({ session });
  output.tell(
    isContinued
      ? `${writersText(session)} the trace of ${called(session)}`
      : `Ended the consumer of ${called(session)}; lttng consume --continue starts another one`,
  );
  noteShortage(cli, session);
  if (options.supervise !== true) return;
  const reason = await control.superviseConsumer(session.uuid);
  output.tell(`Stopped supervising ${called(session)}: ${reason}`);
}

function writersText(session: Session): string {
  const pids = partsOf(session).flatMap(({ consumerPid }) => consumerPid ?? []);
  return pids.length > 1
    ? `Processes ${pids.join(' and ')} write`
    : `Process ${pids[0] ?? 'unknown'} writes`;
}

async function sessionAt({ control }: Cli, path: string): Promise<string> {
  const found = await control.sessionOf(path);
  if (found !== undefined) return found.session.uuid;
  throw new CliFailure('NO_SESSION', `${path} is not the directory of a session`, EXIT.refused);
}
