/** A registry that starts loads what was saved for it; nothing in a file ends it. */
import { describe, expect, it } from 'vitest';
import { allPages, inOrder, sessionsIn } from '../../../../../actors/client/plans/plan.ts';
import { autoDirectories, loadingWhenReady } from '../../../../../bin/control/saved/auto-load.ts';
import type { LogRecord } from '../../../../../sim/machine/core/log.ts';
import { SAVED_FILES_MAX, savedPath, writeSaved } from '../../../../../src/kept/saved-files.ts';
import type { SavedSession } from '../../../../../src/kept/saved-session.ts';
import type { SessionInfo } from '../../../../../src/wire/control/messages.ts';
import { expectSilence } from '../../../../support/silence.ts';
import { ControlStage } from '../../../../support/simulated/control-stage.ts';
import { utf8 } from '../../../../support/simulated/users.ts';

const AUTO = '/home/alice/.lttng-ts/saved/auto';
const WEB: SavedSession = { version: 1, name: 'web', channels: [], isActive: true };
const LTTNG = `<?xml version="1.0"?><sessions><session><name>old</name><domains/><started>false</started>
<attributes/><output/></session></sessions>`;
/** More than loading takes. */
const LOADED_MS = 20_000;

function stageWith(path?: string): ControlStage {
  return new ControlStage({ worldOf: (world) => loadingWhenReady(world, path) });
}

function put({ hands }: ControlStage, file: string, text: string): void {
  const opened = hands.world.files.open(file, 'create', 0o600);
  expect(opened.ok && opened.value.append([utf8(text)]).ok).toBe(true);
}

/** The sessions some time after a registry was started, if none runs. */
async function sessionsOf(stage: ControlStage): Promise<readonly SessionInfo[]> {
  await stage.settle(stage.client.run(allPages(['session.list']), 'start-registry'));
  await stage.settle(
    stage.client.run(
      (results) => (results.length === 0 ? { kind: 'rest', ms: LOADED_MS } : undefined),
      'start-registry',
    ),
  );
  return sessionsIn(
    await stage.settle(stage.client.run(allPages(['session.list']), 'start-registry')),
  );
}

function logged(stage: ControlStage, event: string): readonly LogRecord[] {
  return stage.simulation.log.filter((record) => record.event === event);
}

describe('a registry that starts', () => {
  expectSilence();

  it('loads what was saved, also by LTTng, and starts what was recording', async () => {
    const stage = stageWith();
    const { world } = stage.hands;
    expect(autoDirectories(world)).toEqual([AUTO]);
    expect(writeSaved(world, AUTO, WEB).ok).toBe(true);
    put(stage, `${AUTO}/old.lttng`, LTTNG);
    put(stage, `${AUTO}/notes.txt`, 'not a session');
    expect(await sessionsOf(stage)).toMatchObject([
      { name: 'old', state: 'inactive', output: '/home/alice/lttng-traces/old' },
      { name: 'web', state: 'active', output: '/home/alice/lttng-traces/web' },
    ]);
    expect(logged(stage, 'session.loaded')).toHaveLength(2);
    expect(logged(stage, 'session.notLoaded')).toEqual([]);
  });

  it('says of each file that it cannot load why, and goes on with the others', async () => {
    const stage = stageWith();
    expect(writeSaved(stage.hands.world, AUTO, WEB).ok).toBe(true);
    put(stage, `${AUTO}/bad.json`, '{');
    put(stage, `${AUTO}/bad.lttng`, '<sessions>');
    expect(stage.hands.world.files.makeDirectory(`${AUTO}/dir.json`, 0o700).ok).toBe(true);
    expect(
      writeSaved(stage.hands.world, AUTO, { ...WEB, name: 'away', output: '/root/x' }).ok,
    ).toBe(true);
    expect(await sessionsOf(stage)).toMatchObject([{ name: 'web' }]);
    expect(logged(stage, 'session.notLoaded').map(({ fields }) => fields)).toMatchObject([
      { file: `${AUTO}/away.json`, reason: expect.stringContaining('/root/x') as string },
      { file: `${AUTO}/bad.json`, reason: 'is not a saved session' },
      { file: `${AUTO}/bad.lttng` },
      { file: `${AUTO}/dir.json`, reason: 'is not a regular file' },
    ]);
  });

  it('keeps a session that it has restored', async () => {
    const stage = stageWith();
    const create = { op: 'session.create', name: 'web', output: '/home/alice/mine' } as const;
    await stage.settle(stage.client.run(inOrder([create]), 'start-registry'));
    expect(writeSaved(stage.hands.world, AUTO, WEB).ok).toBe(true);
    stage.killRegistry();
    expect(await sessionsOf(stage)).toMatchObject([
      { name: 'web', state: 'inactive', output: '/home/alice/mine' },
    ]);
    expect(logged(stage, 'session.present').map(({ fields }) => fields)).toEqual([
      { session: 'web', file: `${AUTO}/web.json` },
    ]);
  });

  it('loads a file, or another directory, instead', async () => {
    const stage = stageWith('/home/alice/mine/web.json');
    expect(writeSaved(stage.hands.world, '/home/alice/mine', WEB).ok).toBe(true);
    expect(writeSaved(stage.hands.world, '/home/alice/mine', { ...WEB, name: 'b' }).ok).toBe(true);
    expect(writeSaved(stage.hands.world, AUTO, { ...WEB, name: 'c' }).ok).toBe(true);
    expect(await sessionsOf(stage)).toMatchObject([{ name: 'web' }]);

    const another = stageWith('/home/alice/mine');
    expect(writeSaved(another.hands.world, '/home/alice/mine', WEB).ok).toBe(true);
    expect(await sessionsOf(another)).toMatchObject([{ name: 'web' }]);

    const missing = stageWith('/home/alice/none');
    expect(await sessionsOf(missing)).toEqual([]);
    expect(logged(missing, 'session.notLoaded')).toMatchObject([
      { fields: { file: '/home/alice/none', reason: 'ENOENT' } },
    ]);
  });

  it('reads files of its user and of root alone, and not too many', async () => {
    const stage = stageWith();
    const { world } = stage.hands;
    expect(writeSaved(world, AUTO, WEB).ok).toBe(true);
    const root = stage.simulation.login('root').world;
    expect(root.files.setMode(savedPath(AUTO, 'web'), 0o644).ok).toBe(true);
    expect(root.files.setOwner(savedPath(AUTO, 'web'), 1002, 1002).ok).toBe(true);
    expect(await sessionsOf(stage)).toEqual([]);
    expect(logged(stage, 'session.notLoaded')).toHaveLength(1);

    const crowded = stageWith();
    for (let made = 0; made <= SAVED_FILES_MAX; made++) {
      const saved = { ...WEB, name: `web-${made}` };
      expect(writeSaved(crowded.hands.world, AUTO, saved).ok).toBe(true);
    }
    expect(await sessionsOf(crowded)).toEqual([]);
    expect(logged(crowded, 'session.notLoaded')).toHaveLength(1);
  });
});
