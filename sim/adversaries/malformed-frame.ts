/** Frames that every parser must reject: too long, too deep, with values of the wrong type. */

import { FRAME_BYTES_MAX, MESSAGE_DEPTH_MAX, MESSAGE_VALUES_MAX } from '../../src/wire/limits.ts';
import type { Malformation } from '../input/attack.ts';
import { encodeRaw, frame, type RawValue } from './raw-msgpack.ts';

/** A frame with a request that has this malformation. */
export function malformedFrame(malformation: Malformation, isClient: boolean): Uint8Array {
  const request = (member: RawValue): Uint8Array =>
    encodeRaw(
      isClient
        ? {
            entries: [
              ['type', 'request'],
              ['id', 1],
              [
                'operation',
                {
                  entries: [
                    ['op', 'session.list'],
                    ['from', member],
                  ],
                },
              ],
            ],
          }
        : {
            entries: [
              ['type', 'register'],
              ['token', '0'.repeat(32)],
              ['processName', member],
              ['tid', 1],
            ],
          },
    );
  switch (malformation) {
    case 'oversized':
      return frame(request(0), FRAME_BYTES_MAX + 1);
    case 'nested':
      return frame(request({ raw: new Uint8Array(MESSAGE_DEPTH_MAX + 2).fill(0x91) }));
    case 'many-values':
      return frame(request(new Array<RawValue>(MESSAGE_VALUES_MAX + 1).fill(0)));
    case 'prototype':
      return frame(request({ entries: [['__proto__', { entries: [['polluted', true]] }]] }));
    case 'wrong-type':
      return frame(request(true));
    case 'unknown-member':
      return frame(
        encodeRaw({
          entries: [
            ['type', 'finish'],
            ['x', 1],
          ],
        }),
      );
    case 'unknown-type':
      return frame(encodeRaw({ entries: [['type', 'nonsense']] }));
    case 'noise':
      return frame(Uint8Array.of(0xc1, 0xff, 0x00, 0xd4));
  }
}
