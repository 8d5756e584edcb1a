/** `docs/protocol.md` names every error code, operation, message and bound, each bound with its value. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as waits from '../../actors/sessiond/limits.ts';
import {
  APP_HANDSHAKE_MS_MAX,
  HELLO_MS_MAX,
  REVISIONS_PENDING_MAX,
} from '../../actors/sessiond/limits.ts';
import * as registry from '../../actors/sessiond/registry/context.ts';
import * as session from '../../actors/sessiond/session/context.ts';
import * as log from '../../src/effects/peer-log.ts';
import {
  PASSED_SOCKET_WAIT_MS,
  PASSED_SOCKETS_MAX,
  PASSED_SOCKETS_PER_USER_MAX,
} from '../../src/port/unix-sockets.ts';
import { errorCode } from '../../src/wire/control/error-code.ts';
import { operation } from '../../src/wire/control/messages.ts';
import * as limits from '../../src/wire/limits.ts';
import { PROTOCOLS } from '../../src/wire/protocols.ts';

const text = readFileSync(
  fileURLToPath(new URL('../../docs/protocol.md', import.meta.url)),
  'utf8',
);
const modules = [
  limits,
  registry,
  session,
  waits,
  log,
  { APP_HANDSHAKE_MS_MAX, REVISIONS_PENDING_MAX, HELLO_MS_MAX },
  { PASSED_SOCKET_WAIT_MS, PASSED_SOCKETS_MAX, PASSED_SOCKETS_PER_USER_MAX },
];
const bounds = modules.flatMap((module) =>
  Object.entries(module).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
);

describe('docs/protocol.md', () => {
  it.each(bounds)('has %s with its value %i', (name, value) => {
    expect(text).toContain(`| \`${name}\` | ${value} |`);
  });

  it('has no bound that does not exist', () => {
    const named = [...text.matchAll(/^\| `([A-Z_]+)` \| \d+ \|/gm)].map(([, name]) => name);
    expect(new Set(named)).toEqual(new Set(bounds.map(([name]) => name)));
  });

  it.each(errorCode.options)('explains %s', (code) => {
    expect(text).toContain(`| \`${code}\` |`);
  });

  it.each(operation.options.map(({ entries }) => entries.op.literal))('names %s', (op) => {
    expect(text).toContain(`\`${op}\``);
  });

  it.each([
    ...new Set(
      Object.values(PROTOCOLS).flatMap(({ schema }) =>
        schema.options.map(({ entries }) => entries.type.literal as string),
      ),
    ),
  ])('has the message %s', (type) => {
    expect(text).toMatch(new RegExp(`(?:^|[\\s\`])${type.replace('.', '\\.')}\\b`, 'm'));
  });
});
