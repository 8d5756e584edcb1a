/** `lttng disable-rotation`: a session rotates no more by itself. */
import type { Cli } from '../context.ts';
import { rotationText } from '../describe.ts';
import { usageFailure } from '../failure.ts';
import { called, namedSession } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { DISABLE_ROTATION } from '../table/sessions.ts';

export async function disableRotation(
  cli: Cli,
  options: Given<typeof DISABLE_ROTATION>,
  name?: string,
): Promise<void> {
  const of = [
    ...(options.timer === true ? (['everyUs'] as const) : []),
    ...(options.size === true ? (['atBytes'] as const) : []),
  ];
  if (of.length === 0) throw usageFailure('Say which schedule ends: --timer, --size or both');
  const session = await cli.control.disableRotation(namedSession(name, options.session), of);
  cli.output.value({ session });
  cli.output.tell(`Rotates ${called(session)} ${rotationText(session)}`);
}
