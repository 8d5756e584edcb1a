/** Files of saved sessions: what is refused, at every bound and past it. */
import { describe, expect, it } from 'vitest';
import { decodeUtf8 } from '../../../../src/base/utf8.ts';
import { readSaved, SAVED_BYTES_MAX } from '../../../../src/kept/read-saved.ts';
import {
  SAVED_FILES_MAX,
  savedDirectory,
  savedNames,
  savedPath,
  writeSaved,
} from '../../../../src/kept/saved-files.ts';
import type { SavedSession } from '../../../../src/kept/saved-session.ts';
import type { World } from '../../../../src/port/world.ts';
import { expectSilence } from '../../../support/silence.ts';
import { ControlStage } from '../../../support/simulated/control-stage.ts';
import { utf8 } from '../../../support/simulated/users.ts';

const DIRECTORY = '/home/alice/.lttng-ts/saved';
const FILE = `${DIRECTORY}/web.json`;
const WEB: SavedSession = { version: 1, name: 'web', channels: [], isActive: true };

function write({ files }: World, file: string, text: string): void {
  files.remove(file);
  const opened = files.open(file, 'create', 0o600);
  expect(opened.ok && opened.value.append([utf8(text)]).ok).toBe(true);
}

function textOf({ files }: World, file: string): string {
  const opened = files.open(file, 'read');
  const bytes = new Uint8Array(SAVED_BYTES_MAX);
  const length = opened.ok ? opened.value.read(bytes, 0) : opened;
  return length.ok ? decodeUtf8(bytes.subarray(0, length.value)) : length.error.code;
}

describe('files of saved sessions', () => {
  expectSilence();

  it('hold what was written last, for their user alone', () => {
    const { world } = new ControlStage().hands;
    expect(savedDirectory(world)).toBe(DIRECTORY);
    expect(savedPath(DIRECTORY, 'web')).toBe(FILE);
    expect(savedPath('/', 'web')).toBe('/web.json');
    expect(savedNames(world, DIRECTORY)).toEqual({ ok: true, value: [] });
    expect(readSaved(world, FILE)).toEqual({ ok: true, value: undefined });
    expect(writeSaved(world, DIRECTORY, { ...WEB, isActive: false }).ok).toBe(true);
    expect(writeSaved(world, DIRECTORY, WEB).ok).toBe(true);
    expect(readSaved(world, FILE)).toEqual({ ok: true, value: { saved: WEB, leftOut: [] } });
    expect(world.files.info(FILE)).toMatchObject({ value: { mode: 0o600 } });
    expect(world.files.info(DIRECTORY)).toMatchObject({ value: { mode: 0o700 } });
    expect(world.files.list(DIRECTORY)).toEqual({ ok: true, value: ['web.json'] });
    expect(savedNames(world, DIRECTORY)).toEqual({ ok: true, value: ['web'] });
    expect(writeSaved(world, '/root', WEB).ok).toBe(false);
  });

  it('are refused if they are too long, no files, or not JSON', () => {
    const { world } = new ControlStage().hands;
    const refusal = (reason: string): object => ({
      ok: false,
      error: { kind: 'bad-saved', file: FILE, reason },
    });
    expect(writeSaved(world, DIRECTORY, WEB).ok).toBe(true);
    const text = textOf(world, FILE);
    write(world, FILE, text.padEnd(SAVED_BYTES_MAX));
    expect(readSaved(world, FILE)).toEqual({ ok: true, value: { saved: WEB, leftOut: [] } });
    write(world, FILE, text.padEnd(SAVED_BYTES_MAX + 1));
    expect(readSaved(world, FILE)).toEqual(refusal(`is longer than ${SAVED_BYTES_MAX} bytes`));
    write(world, FILE, text.slice(0, -3));
    expect(readSaved(world, FILE)).toEqual(refusal('is not a saved session'));
    world.files.remove(FILE);
    expect(world.files.makeDirectory(FILE, 0o700).ok).toBe(true);
    expect(readSaved(world, FILE)).toEqual(refusal('is not a regular file'));
  });

  it('are of their user in the default directory, and of anyone elsewhere', () => {
    const stage = new ControlStage();
    const root = stage.simulation.login('root').world;
    for (const directory of [DIRECTORY, '/tmp']) {
      expect(root.files.makeDirectory(directory, 0o755).ok).toBe(true);
      const file = savedPath(directory, 'web');
      write(root, file, JSON.stringify(WEB));
      expect(root.files.setMode(file, 0o644).ok).toBe(true);
      expect(readSaved(stage.hands.world, file)).toEqual({
        ok: true,
        value: { saved: WEB, leftOut: [] },
      });
      expect(root.files.setOwner(file, 1002, 1002).ok).toBe(true);
    }
    expect(readSaved(stage.hands.world, FILE)).toMatchObject({
      error: { reason: 'belongs to another user, uid 1002' },
    });
    expect(readSaved(stage.hands.world, '/tmp/web.json')).toEqual({
      ok: true,
      value: { saved: WEB, leftOut: [] },
    });
  });

  it('are loaded together up to a number', () => {
    const { world } = new ControlStage().hands;
    for (let made = 0; made < SAVED_FILES_MAX; made++) {
      expect(writeSaved(world, DIRECTORY, { ...WEB, name: `web-${made}` }).ok).toBe(true);
    }
    write(world, `${DIRECTORY}/notes.txt`, '');
    expect(savedNames(world, DIRECTORY)).toMatchObject({
      value: { length: SAVED_FILES_MAX },
    });
    expect(writeSaved(world, DIRECTORY, WEB).ok).toBe(true);
    const reason = `has more than ${SAVED_FILES_MAX} saved sessions; load them by their names`;
    expect(savedNames(world, DIRECTORY)).toEqual({
      ok: false,
      error: { kind: 'bad-saved', file: DIRECTORY, reason },
    });
    expect(savedNames(world, FILE)).toMatchObject({
      error: { reason: 'cannot be read: ENOTDIR' },
    });
  });
});
