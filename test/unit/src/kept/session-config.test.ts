/** `.lttng/config`: write, read, refusal, and removal with its session. */
import { describe, expect, it } from 'vitest';
import {
  configPath,
  readConfig,
  removeConfig,
  writeConfig,
} from '../../../../src/kept/session-config.ts';
import { expectSilence } from '../../../support/silence.ts';
import { ControlStage } from '../../../support/simulated/control-stage.ts';
import { utf8 } from '../../../support/simulated/users.ts';

const HOME = '/home/alice';
const FILE = `${HOME}/.lttng/config`;
const CONFIG = {
  version: 1,
  session: { name: 'web', uuid: '0b5c7e0a-93a4-4c7c-9b57-0d5a8f0f6a11' },
  output: `${HOME}/web`,
} as const;

describe('the configuration of a directory', () => {
  expectSilence();

  it('returns the written values until its session removes it', () => {
    const { world } = new ControlStage().hands;
    expect(configPath(HOME)).toBe(FILE);
    expect(readConfig(world, HOME)).toEqual({ ok: true, value: undefined });
    expect(writeConfig(world, HOME, CONFIG).ok).toBe(true);
    expect(readConfig(world, HOME)).toEqual({ ok: true, value: CONFIG });
    removeConfig(world, HOME, '00000000-0000-4000-8000-000000000000');
    expect(readConfig(world, HOME)).toEqual({ ok: true, value: CONFIG });
    removeConfig(world, HOME, CONFIG.session.uuid);
    expect(readConfig(world, HOME)).toEqual({ ok: true, value: undefined });
    expect(world.files.info(`${HOME}/.lttng`).ok).toBe(false);
  });

  it('is refused when it is invalid, and is not removed', () => {
    const { world } = new ControlStage().hands;
    expect(world.files.makeDirectory(`${HOME}/.lttng`, 0o700).ok).toBe(true);
    const file = world.files.open(FILE, 'create', 0o600);
    expect(file.ok && file.value.append([utf8('{')]).ok).toBe(true);
    const error = {
      kind: 'bad-config',
      file: FILE,
      reason: 'is not a valid configuration of a session',
    };
    expect(readConfig(world, HOME)).toEqual({ ok: false, error });
    removeConfig(world, HOME, CONFIG.session.uuid);
    expect(readConfig(world, HOME)).toEqual({ ok: false, error });
  });

  it('is an error of the system when it cannot be written', () => {
    const { world } = new ControlStage().hands;
    expect(writeConfig(world, '/root', CONFIG)).toMatchObject({ ok: false });
  });
});
