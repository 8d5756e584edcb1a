/** Translates a command with files of its user to a course of the client. */

import type { Course } from '../../actors/client/courses/course.ts';
import { load } from '../../actors/client/courses/create.ts';
import { destroy, requestAbout } from '../../actors/client/courses/in-session.ts';
import { save, setCurrent } from '../../actors/client/courses/keep.ts';
import type { Result } from '../../src/base/result.ts';
import { readSaved } from '../../src/kept/read-saved.ts';
import { savedDirectory, savedPath } from '../../src/kept/saved-files.ts';
import type { World } from '../../src/port/world.ts';
import type { Operation } from '../../src/wire/control/messages.ts';
import type { KeptAccount, KeptOutcome } from '../ledger/ledger.ts';

/** The course of the command; stores what it reads in the account. */
export function* courseOf(world: World, account: KeptAccount): Course<KeptOutcome> {
  const { command } = account;
  switch (command.kind) {
    case 'save': {
      const { session: named, replaces } = command;
      const saving = { named, directory: savedDirectory(world), replaces: replaces === true };
      const saved = yield* save(world, saving);
      return saved.ok ? done(saved.value.session) : refused(saved.error);
    }
    case 'load':
      return yield* loadCourse(world, account, command);
    case 'set-session':
      return outcomeOf(yield* setCurrent(world, command.session));
    case 'destroy':
      return outcomeOf(yield* destroy(world, command.session, {}));
    case 'unnamed': {
      const { operations } = command;
      const on = (session: string): Operation[] => operations.map((each) => about(each, session));
      return outcomeOf(yield* requestAbout(world, undefined, on));
    }
  }
}

function* loadCourse(
  world: World,
  account: KeptAccount,
  { saved: from, name, replaces, isCurrent }: Extract<KeptAccount['command'], { kind: 'load' }>,
): Course<KeptOutcome> {
  const file = savedPath(savedDirectory(world), from);
  const read = readSaved(world, file);
  if (!read.ok) return refused(read.error);
  if (read.value === undefined) return { kind: 'refused', code: 'NO_SAVED', reason: file };
  const { saved } = read.value;
  account.saved = saved;
  const how = { replaces: replaces === true, isCurrent: isCurrent === true };
  const renamed = { ...saved, name: name ?? saved.name };
  return outcomeOf(yield* load(world, renamed, how));
}

function about(operation: Operation, session: string): Operation {
  return 'session' in operation ? { ...operation, session } : operation;
}

type Failure = Parameters<typeof refused>[0];

function outcomeOf(result: Result<Parameters<typeof done>[0], Failure>): KeptOutcome {
  return result.ok ? done(result.value) : refused(result.error);
}

function done(session: Extract<KeptOutcome, { kind: 'done' }>['session']): KeptOutcome {
  return { kind: 'done', session };
}

/** The kind of an error without a code. */
function refused(error: {
  readonly kind: string;
  readonly code?: string;
  readonly reason?: string;
}): KeptOutcome {
  const { kind, code = kind, reason = '' } = error;
  return { kind: 'refused', code, reason };
}
