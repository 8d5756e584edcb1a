/** Where a relay forwards to, as its option says it. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  forwardPatternText,
  isForwardedTo,
  parseForwardPattern,
} from '../../../../../src/wire/relay/forward-pattern.ts';

it.each([
  ['store', 'store', [5342, 5343]],
  ['Store.example.org:6000', 'store.example.org', [6000]],
  ['10.0.0.2', '10.0.0.2', [5342, 5343]],
  ['[FD00::2]:7', 'fd00::2', [7]],
  ['*', '*', [5342, 5343]],
  ['*:65535', '*', [65_535]],
])('%s', (text, host, ports) => {
  expect(parseForwardPattern(text)).toEqual({ ok: true, value: { host, ports } });
});

it.each([
  ['', 'HOST is a name, an address (IPv6 in brackets), or *'],
  [':5342', 'HOST is a name, an address (IPv6 in brackets), or *'],
  ['*.example.org', 'HOST is a name, an address (IPv6 in brackets), or *'],
  ['[10.0.0.2]', 'HOST is a name, an address (IPv6 in brackets), or *'],
  ['fd00::2', 'It is not of the form HOST[:PORT]'],
  ['store:0', 'It is not of the form HOST[:PORT]'],
  ['store:65536', 'It is not of the form HOST[:PORT]'],
  ['tcp://store:5342', 'It is not of the form HOST[:PORT]'],
])('refuses %j', (text, error) => {
  expect(parseForwardPattern(text)).toEqual({ ok: false, error });
});

it('any text gives a pattern whose text means the same, or a sentence', () => {
  const part = fc.constantFrom('store', '10.0.0.2', '[fd00::2]', '*', ':', '1', '70000', '.', '[');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(part).map((parts) => parts.join('')),
      ),
      (text) => {
        const parsed = parseForwardPattern(text);
        expect(parsed.ok || parsed.error.length > 0).toBe(true);
        if (!parsed.ok) return;
        const { host, ports } = parsed.value;
        for (const [at, shown] of forwardPatternText(parsed.value).split(', ').entries()) {
          expect(parseForwardPattern(shown)).toEqual({
            ok: true,
            value: { host, ports: [ports[at]] },
          });
        }
      },
    ),
  );
});

it('compares the host that a peer asks for, and the port', () => {
  const patterns = ['store', '*:9'].map((text) => {
    const parsed = parseForwardPattern(text);
    if (!parsed.ok) throw new Error(parsed.error);
    return parsed.value;
  });
  const isAllowed = (host: string, port: number): boolean =>
    isForwardedTo(patterns, { host, port });
  expect(isAllowed('STORE', 5342)).toBe(true);
  expect(isAllowed('store', 5343)).toBe(true);
  expect(isAllowed('store', 22)).toBe(false);
  expect(isAllowed('store.example.org', 5342)).toBe(false);
  expect(isAllowed('10.0.0.2', 9)).toBe(true);
  expect(isForwardedTo([], { host: 'store', port: 5342 })).toBe(false);
});
