/** The end of a registry: it destroys its sessions first, and serves no new peer. */

import { expect, it } from 'vitest';
import { DRAIN_MS_MAX } from '../../../../../actors/sessiond/limits.ts';
import { passed } from '../../../../support/step.ts';
import { close, log, tell } from '../../../../support/step-events.ts';
import {
  ALICE,
  APP,
  accepted,
  BOB,
  changed,
  creating,
  end,
  ended,
  INPUT,
  infoOf,
  made,
  notify,
  ROOT,
  refusal,
  registered,
  requested,
  SERVING,
  SESSION,
  steps,
  terminated,
  UUID,
  uuidMade,
  uuidOf,
} from './words.ts';

const DRAINING_MS_MAX = DRAIN_MS_MAX + 5000;
const WITH_SESSION = [...SERVING, ...made(ALICE, 'web')] as const;
const DRAINING = [...WITH_SESSION, terminated] as const;
const WEB = infoOf(ALICE, 'web', UUID);

const endingLine = log('registry.ending');
const draining = (...effects: object[]) => ({ value: 'draining', effects });
const endSession = tell(SESSION, { type: 'registry.ending' });

it('ends at once at a signal when it has no session', () => {
  expect(steps(INPUT, ...SERVING, terminated)).toEqual({
    value: 'ended',
    effects: [notify('stopping'), endingLine, ...end()],
  });
});

it('tells its sessions to end first, for a limited time', () => {
  expect(steps(INPUT, ...DRAINING)).toEqual({
    ...draining(notify('stopping'), endingLine, endSession),
    delays: [DRAINING_MS_MAX],
  });
});

it('ends when the last session has', () => {
  const both = [...WITH_SESSION, ...made(BOB, 'db', uuidOf(2)), terminated] as const;
  expect(steps(INPUT, ...both, ended(UUID))).toEqual(draining({ type: 'actor.stop', id: SESSION }));
  expect(steps(INPUT, ...both, ended(UUID), ended(uuidOf(2)))).toEqual({
    value: 'ended',
    effects: [{ type: 'actor.stop', id: `session-${uuidOf(2)}` }, ...end()],
  });
});

it('ends without its sessions when they take too long', () => {
  expect(steps(INPUT, ...DRAINING, passed(DRAINING_MS_MAX))).toEqual({
    value: 'ended',
    effects: end(),
  });
});

it('repeats the request to a session that was in a transitional state', () => {
  const stopped = changed({ ...WEB, state: 'stopped' });
  expect(steps(INPUT, ...DRAINING, stopped)).toEqual(draining(endSession));
  const destroying = changed({ ...WEB, state: 'destroying' });
  expect(steps(INPUT, ...DRAINING, destroying)).toEqual(draining());
});

it('refuses requests and connections meanwhile, and does not end sooner at another signal', () => {
  const list = requested(ALICE, { op: 'session.list', from: 0 });
  expect(steps(INPUT, ...DRAINING, list)).toEqual(
    draining(refusal('SESSION_BUSY', 'The registry is ending')),
  );
  expect(steps(INPUT, ...DRAINING, accepted('clients', ROOT))).toEqual(draining(close('wire-1')));
  expect(steps(INPUT, ...DRAINING, terminated)).toEqual(draining());
});

it('creates no session for a UUID that arrives meanwhile', () => {
  const events = [
    ...WITH_SESSION,
    creating(ALICE, 'late'),
    terminated,
    uuidMade(uuidOf(2)),
  ] as const;
  expect(steps(INPUT, ...events)).toEqual(draining());
});

it('introduces an application that was about to register', () => {
  const connected = [...WITH_SESSION, accepted('apps', ALICE), terminated] as const;
  expect(steps(INPUT, ...connected, registered)).toEqual(
    draining(
      tell(APP.link, { type: 'sessions.listed', uuids: [UUID] }),
      tell(SESSION, { type: 'app.joined', app: APP }),
    ),
  );
});

it('ignores events after its end', () => {
  const list = requested(ALICE, { op: 'session.list', from: 0 });
  const late = [list, accepted('clients', ROOT), registered, terminated, changed(WEB)] as const;
  for (const event of late) {
    expect(steps(INPUT, ...SERVING, terminated, event)).toEqual({ value: 'ended', effects: [] });
  }
});
