/** Calls that save sessions into files, and create sessions from them. */
import { describe, expect, it } from 'vitest';
import { expectSilence } from '../../../../support/silence.ts';
import { openedControl, refusalOf } from '../../../../support/simulated/control-stage.ts';

const SAVED = '/home/alice/.lttng-ts/saved';

describe('calls about saved sessions', () => {
  expectSilence();

  it('save a session, and load it again', async () => {
    const { stage, control } = await openedControl();
    await stage.settle(control.create('web'));
    await stage.settle(control.addEvent('web', 'shop:*'));
    await stage.settle(control.start('web'));
    const { file, session } = await stage.settle(control.save('web'));
    expect(file).toBe(`${SAVED}/web.json`);
    expect(session.name).toBe('web');
    expect(await refusalOf(stage, control.save('web'))).toBe(
      `FILE_EXISTS: There is a file ${SAVED}/web.json`,
    );
    expect(await stage.settle(control.save('web', { replace: true }))).toMatchObject({ file });
    expect(await stage.settle(control.savedFiles())).toEqual([file]);
    const saved = { file, name: 'web', isActive: true, leftOut: [] };
    expect(await stage.settle(control.readSaved(file))).toEqual(saved);
    expect(await refusalOf(stage, control.load(file))).toMatch(/^SESSION_EXISTS: /);
    const copy = await stage.settle(control.load(file, { name: 'copy', place: { output: 'c' } }));
    expect(copy).toMatchObject({ name: 'copy', state: 'active', output: '/home/alice/c' });
    const again = await stage.settle(control.load(file, { replace: true }));
    expect(again.uuid).not.toBe(session.uuid);
    expect(again.channels).toMatchObject([{ rules: [{ pattern: 'shop:*' }] }]);
  });

  it('have another directory, which must be there to load from', async () => {
    const { stage, control } = await openedControl();
    await stage.settle(control.create('web'));
    const { file } = await stage.settle(control.save('web', { directory: 'kept' }));
    expect(file).toBe('/home/alice/kept/web.json');
    expect(await stage.settle(control.savedFiles({ path: 'kept' }))).toEqual([file]);
    expect(await stage.settle(control.savedFiles({ path: file }))).toEqual([file]);
    const refused = (call: Promise<unknown>) => refusalOf(stage, call);
    expect(await refused(control.savedFiles({ path: 'none' }))).toBe(
      'NO_SAVED: There is no saved session /home/alice/none',
    );
    expect(await refused(control.readSaved(file, 'x'))).toBe(
      `NO_SAVED: ${file} is of session web, not x`,
    );
    expect(await refused(control.load('none.json'))).toMatch(/^NO_SAVED: There is no saved/);
    expect(await refused(control.load('kept'))).toMatch(/^BAD_SAVED: .* is not a regular file/);
    expect(await refused(control.load(file, { name: '/' }))).toMatch(/^USAGE: A session name/);
    expect(await refused(control.save('web', { directory: '/root' }))).toMatch(/^NO_OUTPUT: /);
  });
});
