/** Model of a session's scheduled rotations: what changes them (`session-model.ts`). */
import type { Operation } from '../../src/wire/control/messages.ts';

export type ScheduleChange = Extract<Operation, { op: 'rotation.enable' | 'rotation.disable' }>;

/** When its trace is rotated without a command. */
export type Schedule = Readonly<Partial<Record<'everyUs' | 'atBytes', number>>>;

/** The schedule after the change; undefined: it is refused, because the session has it, or has it not, already. */
export function withSchedule(schedule: Schedule, change: ScheduleChange): Schedule | undefined {
  const isSet = (kind: keyof Schedule): boolean => schedule[kind] !== undefined;
  if (change.op === 'rotation.disable') {
    const { of } = change;
    if (!of.every(isSet)) return undefined;
    return Object.fromEntries(
      Object.entries(schedule).filter(([kind]) => !of.some((one) => one === kind)),
    );
  }
  const { everyUs, atBytes } = change;
  const isRefused =
    (everyUs !== undefined && isSet('everyUs')) || (atBytes !== undefined && isSet('atBytes'));
  if (isRefused) return undefined;
  return { ...schedule, ...(everyUs && { everyUs }), ...(atBytes && { atBytes }) };
}
