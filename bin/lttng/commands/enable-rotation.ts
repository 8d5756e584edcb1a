/** `lttng enable-rotation`: rotates a session by itself, by time and by size. */
import type { Cli } from '../context.ts';
import { rotationText } from '../describe.ts';
import { usageFailure } from '../failure.ts';
import { called, namedSession } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { ENABLE_ROTATION } from '../table/sessions.ts';

export async function enableRotation(
  cli: Cli,
  options: Given<typeof ENABLE_ROTATION>,
  name?: string,
): Promise<void> {
  const { timer: everyUs, size: atBytes } = options;
  if (everyUs === undefined && atBytes === undefined) {
    throw usageFailure('Give a period (--timer), a size (--size) or both');
  }
  const session = await cli.control.enableRotation(namedSession(name, options.session), {
    everyUs,
    atBytes,
  });
  cli.output.value({ session });
  cli.output.tell(`Rotates ${called(session)} ${rotationText(session)}`);
}
