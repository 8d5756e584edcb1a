/** The text of metadata: its clock offset can be replaced, and nothing else changes. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type TraceDescription,
  traceMetadata,
  withClockOffset,
} from '../../../../src/ctf/metadata.ts';

const UUID = '00000000-0000-4000-8000-00000000000a';

const traceWith = (clockOffsetNs: bigint, more: Partial<TraceDescription> = {}): string =>
  traceMetadata({
    uuid: UUID,
    hostname: 'tester',
    domain: 'ust',
    tracerName: 'lttng-ts',
    tracerMajor: 0,
    tracerMinor: 1,
    sessionName: 'web',
    creationTimeNs: 0n,
    clockUuid: UUID,
    clockOffsetNs,
    ...more,
  });
const offset = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n });
/** Texts that look like the place of the offset, too. */
const hostname = fc.oneof(
  fc.string(),
  fc.constantFrom('\nclock {\n\toffset = 5;\n};\n', '"; };\nclock {\n\toffset = 5;\n', '$&$1'),
);

it('gets another clock offset, also a negative one, and stays the same otherwise', () => {
  fc.assert(
    fc.property(offset, offset, hostname, fc.string(), (before, after, host, rest) => {
      const more = { hostname: host, processName: '\tclock {\n', pid: 7 };
      expect(withClockOffset(traceWith(before, more) + rest, after)).toBe(
        traceWith(after, more) + rest,
      );
    }),
  );
});

it('keeps a text that has no such clock', () => {
  expect(withClockOffset('', 1n)).toBeUndefined();
  expect(
    withClockOffset('/* CTF 1.8 */\nclock {\n\tname = "monotonic";\n};\n', 1n),
  ).toBeUndefined();
  expect(withClockOffset(traceWith(5n).replace('clock {', 'Clock {'), 1n)).toBeUndefined();
});
