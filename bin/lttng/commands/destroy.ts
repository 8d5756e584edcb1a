/** `lttng destroy`: ends a session; its trace stays (R2.5). */
import type { Session } from '../../control/api/session.ts';
import type { Cli } from '../context.ts';
import { requestAboutSessions } from '../session-command.ts';
import { called, hintView } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { DESTROY } from '../table/sessions.ts';
import { isTraceHere } from '../trace-report.ts';
import { isRemote, whereText } from '../where.ts';

export async function destroy(
  cli: Cli,
  options: Given<typeof DESTROY>,
  name?: string,
): Promise<void> {
  const { output, world } = cli;
  await requestAboutSessions(cli, options, name, {
    act: (session) =>
      cli.control.destroy(session, { abandon: options.abandon, noWait: options.wait === false }),
    tell: async (session) => {
      if (options.wait === false && session.flightRecorder !== true) {
        const rest = `what its buffers hold is still being written to ${whereText(session)}`;
        output.tell(`Destroying ${called(session)}; ${rest}`);
        return;
      }
      const isThere = await isTraceHere(world, session);
      output.tell(`Destroyed ${called(session)}; ${whatStays(session, isThere)}`);
      if (isThere && session.output !== undefined) hintView(cli, session.output);
    },
  });
}

function whatStays(session: Session, isThere: boolean): string {
  const { flightRecorder, output } = session;
  if (flightRecorder) return `snapshots that were taken stay, by default in ${output}`;
  if (isRemote(session) || output === undefined) return `its trace is at ${whereText(session)}`;
  return isThere ? `its trace stays in ${output}` : `it has recorded nothing to ${output}`;
}
