/** `lttng stop`: stops recording until the next start (R2.5). */
import type { Session } from '../../control/api/session.ts';
import type { Cli } from '../context.ts';
import { requestAboutSessions } from '../session-command.ts';
import { called, hintNext, hintView } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { STOP } from '../table/sessions.ts';
import { isTraceHere } from '../trace-report.ts';
import { isRemote, whereText } from '../where.ts';

export async function stop(cli: Cli, options: Given<typeof STOP>, name?: string): Promise<void> {
  const { output, world } = cli;
  await requestAboutSessions(cli, options, name, {
    act: (session) => cli.control.stop(session, { noWait: options.wait === false }),
    tell: async (session) => {
      if (options.wait === false && session.flightRecorder !== true) {
        const rest = `what its buffers hold is still being written to ${whereText(session)}`;
        output.tell(`Stopping ${called(session)}; ${rest}`);
        return;
      }
      const isThere = await isTraceHere(world, session);
      output.tell(`Stopped ${called(session)}; ${whatItHas(session, isThere)}`);
      if (isThere && session.output !== undefined) hintView(cli, session.output);
      else if (!session.flightRecorder) await hintNext(cli, session, 'destroy');
    },
  });
}

function whatItHas(session: Session, isThere: boolean): string {
  const { flightRecorder, output } = session;
  if (flightRecorder) return 'lttng snapshot copies what its buffers hold';
  if (isRemote(session) || output === undefined) return `its trace is at ${whereText(session)}`;
  return isThere ? `its trace is in ${output}` : `it has recorded nothing to ${output} yet`;
}
