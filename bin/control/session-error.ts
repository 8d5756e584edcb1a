/** The errors of calls that have no session. */
import type { Refusal } from '../../actors/client/courses/course.ts';
import type { MeantError } from '../../actors/client/courses/in-session.ts';
import { ControlError } from './api/control-error.ts';
import { configError, failureError } from './errors.ts';

/** Why a call has no session, or what failed in it. Without a registry there is no session either. */
export function sessionError(error: MeantError | Refusal): ControlError {
  switch (error.kind) {
    case 'refusal':
      return new ControlError(error.code, error.reason);
    case 'failure':
      return error.code === 'NO_REGISTRY'
        ? new ControlError(error.code, error.reason, { lack: { kind: 'no-registry' } })
        : failureError(error);
    case 'bad-config':
      return configError(error);
    case 'current-gone':
      return new ControlError('NO_SESSION', 'The session of .lttng/config is gone', {
        lack: error,
      });
    case 'chosen-gone':
      return new ControlError('NO_SESSION', `The current session ${error.name} is gone`, {
        lack: error,
      });
    case 'no-session':
      return new ControlError('NO_SESSION', 'There is no session', { lack: error });
    case 'several-sessions': {
      const { names } = error;
      const reason = `Name one of the ${names.length} sessions: ${names.join(', ')}`;
      return new ControlError('USAGE', reason, { lack: error });
    }
  }
}
