/** Calls about what there is. */
import { describe, expect, it } from 'vitest';
import { VERSION_TEXT } from '../../../../../src/base/version.ts';
import { expectSilence } from '../../../../support/silence.ts';
import {
  ControlStage,
  controlOf,
  openedControl,
  refusalOf,
} from '../../../../support/simulated/control-stage.ts';

describe('calls about what there is', () => {
  expectSilence();

  it('find registry and sessions, over one connection', async () => {
    const { stage, control } = await openedControl();
    const { name, uuid, output = '' } = await stage.settle(control.create('web'));
    const before = stage.connections;
    const all = await stage.settle(control.overview({ sessions: true, apps: true }));
    expect(all).toMatchObject({
      registry: { scope: 'user', isNew: false },
      sessions: [{ name: 'web' }],
      apps: [],
    });
    expect((await stage.settle(control.overview())).sessions).toEqual([]);
    const look = await stage.settle(control.look('web'));
    expect(look).toMatchObject({ session: { name, buffered: { events: 0 } }, apps: [] });
    const status = await stage.settle(control.status());
    expect(status).toMatchObject({ registry: { scope: 'user' }, session: { name, buffered: {} } });
    expect(stage.connections - before).toBe(4);
    const config = await stage.settle(control.sessionOf(output));
    expect(config).toMatchObject({ session: { name, uuid }, output });
    expect(await stage.settle(control.sessionOf())).toBeUndefined();
    const missing = await stage.settle(control.look('none'));
    expect(missing).toMatchObject({ session: undefined, missing: { code: 'NO_SESSION' } });
  });

  it('start no registry when they may not, and say why there is none', async () => {
    const stage = new ControlStage();
    const control = controlOf(stage.hands.world);
    const without = { registry: undefined, reason: /^No registry/, sessions: [] };
    const found = await stage.settle(control.overview({ sessions: true, mayStart: false }));
    expect(found).toMatchObject({
      ...without,
      reason: expect.stringMatching(without.reason) as string,
    });
    expect(await stage.settle(control.status())).toMatchObject({ registry: undefined });
    expect(await stage.settle(control.version())).toMatchObject({
      version: VERSION_TEXT,
      protocols: { control: 3 },
      registry: undefined,
    });
    expect(await refusalOf(stage, control.list({ mayStart: false }))).toMatch(/^NO_REGISTRY: /);
    expect(await refusalOf(stage, control.apps({ mayStart: false }))).toMatch(/^NO_REGISTRY: /);
    expect(await stage.settle(control.list())).toEqual([]);
    expect((await stage.settle(control.version())).registry).toMatchObject({ scope: 'user' });
  });

  it('name contexts, and what they are', async () => {
    const { stage, control } = await openedControl();
    const contexts = await stage.settle(control.contexts());
    expect(contexts).toContainEqual({ name: 'procname', about: 'name of the process' });
    expect(contexts.at(-1)?.name).toBe('$app.NAME');
  });
});
