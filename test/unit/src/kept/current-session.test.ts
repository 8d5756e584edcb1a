/** The current session of a user: written, read, refused, and forgotten with its session. */
import { describe, expect, it } from 'vitest';
import {
  currentPath,
  forgetSession,
  readCurrent,
  writeCurrent,
} from '../../../../src/kept/current-session.ts';
import { configPath, writeConfig } from '../../../../src/kept/session-config.ts';
import type { World } from '../../../../src/port/world.ts';
import { expectSilence } from '../../../support/silence.ts';
import { ControlStage } from '../../../support/simulated/control-stage.ts';
import { utf8 } from '../../../support/simulated/users.ts';

const HOME = '/home/alice';
const WEB = { name: 'web', uuid: '0b5c7e0a-93a4-4c7c-9b57-0d5a8f0f6a11', output: `${HOME}/web` };
const OTHER = { ...WEB, name: 'other', uuid: '0b5c7e0a-93a4-4c7c-9b57-0d5a8f0f6a12' };

function put(world: World, text: string): void {
  world.files.remove(currentPath(world));
  expect(world.files.makeDirectory(`${HOME}/.lttng-ts`, 0o700).ok).toBe(true);
  const file = world.files.open(currentPath(world), 'create', 0o600);
  expect(file.ok && file.value.append([utf8(text)]).ok).toBe(true);
}

describe('the current session', () => {
  expectSilence();

  it('is the one that was chosen last, until it is forgotten', () => {
    const { world } = new ControlStage().hands;
    expect(currentPath(world)).toBe(`${HOME}/.lttng-ts/current`);
    expect(readCurrent(world)).toEqual({ ok: true, value: undefined });
    expect(writeCurrent(world, OTHER).ok).toBe(true);
    expect(writeCurrent(world, WEB).ok).toBe(true);
    const { name, uuid } = WEB;
    expect(readCurrent(world)).toEqual({ ok: true, value: { name, uuid } });
    forgetSession(world, OTHER);
    expect(readCurrent(world)).toEqual({ ok: true, value: { name, uuid } });
    forgetSession(world, WEB);
    expect(readCurrent(world)).toEqual({ ok: true, value: undefined });
  });

  it('is forgotten in the directory of the session, too', () => {
    const { world } = new ControlStage().hands;
    const { name, uuid, output } = WEB;
    const config = { version: 1, session: { name, uuid }, output } as const;
    expect(writeConfig(world, output, config).ok).toBe(true);
    forgetSession(world, WEB);
    expect(world.files.info(configPath(output)).ok).toBe(false);
  });

  it('is refused when the file is none of ours, and can be chosen anew', () => {
    const { world } = new ControlStage().hands;
    const texts = ['', '{', '{"version":2}', '{"version":1,"session":{"name":"-","uuid":""}}'];
    for (const text of [...texts, `"${'x'.repeat(16 * 1024)}"`]) {
      put(world, text);
      expect(readCurrent(world)).toMatchObject({ ok: false, error: { kind: 'bad-config' } });
      forgetSession(world, WEB);
      expect(world.files.info(currentPath(world)).ok).toBe(true);
    }
    expect(writeCurrent(world, WEB).ok).toBe(true);
    expect(readCurrent(world).ok).toBe(true);
  });
});
