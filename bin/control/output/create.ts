/** Creates sessions. Throws a {@link ControlError}. */
import type { Course, Refusal } from '../../../actors/client/courses/course.ts';
import { type ClientFailure, inOrder, type Plan } from '../../../actors/client/plans/plan.ts';
import type { Result } from '../../../src/base/result.ts';
import type { OutputDirectory } from '../../../src/kept/output-directory.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { ControlError } from '../api/control-error.ts';
import type { RegistryClient } from '../registry-client.ts';

/** Follows a course that creates a session. */
export async function created(
  client: RegistryClient,
  course: Course<Result<SessionInfo, ClientFailure | Refusal>>,
): Promise<SessionInfo> {
  const made = await client.follow(course);
  if (made.ok) return made.value;
  throw new ControlError(made.error.code, made.error.reason);
}

/** Creates a session without channels for the directory. */
export function directoryPlan({ name, path }: OutputDirectory, isFlightRecorder: boolean): Plan {
  const flightRecorder = isFlightRecorder ? ({ flightRecorder: true } as const) : {};
  return inOrder([{ op: 'session.create', name, output: path, ...flightRecorder }]);
}
