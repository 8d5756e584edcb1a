/** Commands with files of their user in scenarios: save, load, set-session, and commands that name no session. */
import type { ClientErrorCode } from '../../actors/client/plans/plan.ts';
import type { Operation } from '../../src/wire/control/messages.ts';
import { type KeptCommand, MEANT } from './command.ts';
import type { PartDraw } from './draw.ts';
import type { ScriptStep } from './scenario.ts';

interface KeptDraw {
  /** Of sessions. */
  readonly names: readonly [string, ...string[]];
  /** The name that loaded sessions sometimes get. */
  readonly again: string;
  /** Any operation on the session. */
  readonly change: (part: PartDraw, session: string) => Operation;
}

export function drawKept(part: PartDraw, { names, again, change }: KeptDraw): KeptCommand {
  const name = part.pick(names);
  switch (part.between(0, 11)) {
    case 0:
    case 1:
    case 2:
      return {
        kind: 'save',
        ...(part.chance(3) ? {} : { session: name }),
        ...(part.chance(2) ? { replaces: true } : {}),
      };
    case 3:
    case 4:
    case 5:
    case 6:
      return {
        kind: 'load',
        saved: name,
        ...(part.chance(3) ? { name: again } : {}),
        ...(part.chance(2) ? { replaces: true } : {}),
        ...(part.chance(3) ? { isCurrent: true } : {}),
      };
    case 7:
    case 8:
      return { kind: 'set-session', session: name };
    case 9:
      return { kind: 'destroy', ...(part.chance(3) ? {} : { session: name }) };
    default:
      return { kind: 'unnamed', operations: [change(part, MEANT)] };
  }
}

/** Some of these commands, each at one of the moments; requests may fail with these codes. */
export function keptAt(
  part: PartDraw,
  moments: readonly number[],
  of: KeptDraw,
  tolerated: readonly ClientErrorCode[],
): ScriptStep[] {
  return moments
    .filter(() => part.chance(2))
    .map((at) => ({ at, do: 'lttng' as const, command: { ...drawKept(part, of), tolerated } }))
    .toSorted((one, other) => one.at - other.at);
}
