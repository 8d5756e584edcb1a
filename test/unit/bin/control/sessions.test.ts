/** Selects the session of a plan; errors are values, and nothing is printed. */
import { describe, expect, it } from 'vitest';
import { inOrder } from '../../../../actors/client/plans/plan.ts';
import { requestInSession, runInSession, sessionKeyOf } from '../../../../bin/control/sessions.ts';
import { writeCurrent } from '../../../../src/kept/current-session.ts';
import { writeConfig } from '../../../../src/kept/session-config.ts';
import type { Operation, SessionInfo } from '../../../../src/wire/control/messages.ts';
import { expectSilence } from '../../../support/silence.ts';
import { ControlStage } from '../../../support/simulated/control-stage.ts';

const HOME = '/home/alice';

async function make(stage: ControlStage, name: string): Promise<SessionInfo> {
  const operation = { op: 'session.create', name, output: `${HOME}/${name}` } as const;
  const plan = inOrder([operation]);
  const [made] = await stage.settle(stage.client.run(plan, 'start-registry'));
  if (made?.kind === 'reply' && made.value.session !== undefined) return made.value.session;
  throw new Error(`there is no session ${name}`);
}

/** A request of the stage's user for a session. */
function ask(stage: ControlStage, named: string | undefined, op: 'session.get' | 'session.start') {
  const operationsFor = (session: string): Operation[] => [{ op, session }];
  return stage.settle(requestInSession(stage.client, named, operationsFor));
}

function makeCurrent({ hands }: ControlStage, { name, uuid, output = HOME }: SessionInfo): void {
  const config = { version: 1, session: { name, uuid }, output } as const;
  expect(writeConfig(hands.world, HOME, config).ok).toBe(true);
}

describe('a session', () => {
  expectSilence();

  it('is the named one, by name and by UUID', async () => {
    const stage = new ControlStage();
    const web = await make(stage, 'web');
    await make(stage, 'other');
    expect(await ask(stage, 'web', 'session.get')).toMatchObject({ ok: true, value: web });
    expect(await ask(stage, web.uuid, 'session.get')).toMatchObject({ ok: true, value: web });
    expect(await ask(stage, 'third', 'session.get')).toEqual({
      ok: false,
      error: { kind: 'failure', code: 'NO_SESSION', reason: 'There is no session "third"' },
    });
  });

  it('is the current one before the only one', async () => {
    const stage = new ControlStage();
    await make(stage, 'web');
    const current = await make(stage, 'other');
    makeCurrent(stage, current);
    expect(await ask(stage, undefined, 'session.get')).toMatchObject({ ok: true, value: current });
    await stage.settle(
      stage.client.run(
        inOrder([{ op: 'session.destroy', session: current.uuid }]),
        'start-registry',
      ),
    );
    expect(await ask(stage, undefined, 'session.get')).toEqual({
      ok: false,
      error: { kind: 'current-gone' },
    });
  });

  it('is the one that was chosen, after that of the directory', async () => {
    const stage = new ControlStage();
    const web = await make(stage, 'web');
    const other = await make(stage, 'other');
    expect(writeCurrent(stage.hands.world, web).ok).toBe(true);
    expect(await ask(stage, undefined, 'session.get')).toMatchObject({ ok: true, value: web });
    expect(await ask(stage, 'other', 'session.get')).toMatchObject({ ok: true, value: other });
    makeCurrent(stage, other);
    expect(await ask(stage, undefined, 'session.get')).toMatchObject({ ok: true, value: other });
  });

  it('is no other one when the chosen one is gone, not even one of its name', async () => {
    const stage = new ControlStage();
    const web = await make(stage, 'web');
    expect(writeCurrent(stage.hands.world, web).ok).toBe(true);
    const destroy = inOrder([{ op: 'session.destroy', session: web.uuid }]);
    await stage.settle(stage.client.run(destroy, 'start-registry'));
    await make(stage, 'web');
    expect(await ask(stage, undefined, 'session.get')).toEqual({
      ok: false,
      error: { kind: 'chosen-gone', name: 'web' },
    });
  });

  it('is the only one; none and several are errors', async () => {
    const stage = new ControlStage();
    const web = await make(stage, 'web');
    expect(await ask(stage, undefined, 'session.get')).toMatchObject({ ok: true, value: web });
    await make(stage, 'other');
    expect(await ask(stage, undefined, 'session.get')).toEqual({
      ok: false,
      error: { kind: 'several-sessions', names: ['web', 'other'] },
    });
    const outcome = await stage.settle(
      runInSession(stage.client, undefined, () => () => ({ kind: 'rest', ms: 1 })),
    );
    expect(outcome.results).toEqual([]);
    for (const session of ['web', 'other']) {
      await stage.settle(
        stage.client.run(inOrder([{ op: 'session.destroy', session }]), 'start-registry'),
      );
    }
    expect(await ask(stage, undefined, 'session.get')).toEqual({
      ok: false,
      error: { kind: 'no-session' },
    });
  });

  it('is the subject of the results, without the list from which it was selected', async () => {
    const stage = new ControlStage();
    const web = await make(stage, 'web');
    const operations = (session: string) => inOrder([{ op: 'session.get', session }]);
    const outcome = await stage.settle(runInSession(stage.client, undefined, operations));
    expect(outcome).toMatchObject({
      results: [{ kind: 'reply', value: { session: { uuid: web.uuid } } }],
      error: undefined,
    });
    expect(outcome.results).toHaveLength(1);
  });

  it('fails with the refusal of the registry', async () => {
    const stage = new ControlStage();
    await make(stage, 'web');
    expect(await ask(stage, undefined, 'session.start')).toMatchObject({
      ok: true,
      value: { state: 'active' },
    });
    expect(await ask(stage, undefined, 'session.start')).toEqual({
      ok: false,
      error: { kind: 'failure', code: 'ALREADY', reason: 'Session "web" is already active' },
    });
  });

  it('is missing without a registry, and with a configuration that is refused', async () => {
    const stage = new ControlStage();
    const missing = { ok: false, error: { kind: 'failure', code: 'NO_REGISTRY' } };
    expect(await ask(stage, undefined, 'session.get')).toMatchObject(missing);
    expect(await ask(stage, 'web', 'session.get')).toMatchObject(missing);
    expect(stage.hands.world.files.makeDirectory(`${HOME}/.lttng/config`, 0o700).ok).toBe(true);
    expect(await ask(stage, undefined, 'session.get')).toEqual({
      ok: false,
      error: { kind: 'bad-config', file: `${HOME}/.lttng/config`, reason: 'is not a regular file' },
    });
  });
});

describe('the key of a session', () => {
  it('is a name, or a UUID in lower case', () => {
    expect(sessionKeyOf('web_1.2-x')).toBe('web_1.2-x');
    expect(sessionKeyOf('0B5C7E0A-93A4-4C7C-9B57-0D5A8F0F6A11')).toBe(
      '0b5c7e0a-93a4-4c7c-9b57-0d5a8f0f6a11',
    );
    for (const text of ['', '.x', '-x', 'a/b', 'a b', 'x'.repeat(201)]) {
      expect(sessionKeyOf(text)).toBeUndefined();
    }
  });
});
