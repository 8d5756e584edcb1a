/**
 * Goal: an event carries the contexts that its stream asks for, with the values of its moment, before its fields.
 * Method: generated recorders and closures, against a decoder of our own.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeHeader } from '../../../../sim/ring/records.ts';
import { CONTEXTS_MAX, contextField, isContext } from '../../../../src/event/context.ts';
import { compileOf } from '../../../../src/tracer/codegen.ts';
import { PUBLISHED_MAX } from '../../../../src/tracer/contexts.ts';
import { contextsBy, matchRules } from '../../../../src/tracer/event-rules.ts';
import { Tracer } from '../../../../src/tracer/tracer.ts';
import { fieldsOf, string, u32 } from '../../../../src/tracer/types.ts';
import { makeStream, must, type TestStream } from '../../../support/ring/memory.ts';
import { type Decoded, FieldCursor } from '../../../support/trace/fields.ts';

const SCHEMA = { id: u32, text: string };
const RULE = { pattern: '*', logLevelMax: 14 };
const WAYS = [
  ['generated', compileOf()],
  ['closures', undefined],
] as const;

type Rule = Parameters<typeof contextsBy>[1][number];

/** Records the rules' events of a channel with these contexts. */
function attach(
  tracer: Tracer,
  contexts: readonly string[],
  rules: readonly Rule[] = [RULE],
): TestStream {
  const stream = makeStream();
  const refused = (): void => expect.unreachable();
  const matches = matchRules(rules, refused, (name) => tracer.contexts.reader(name));
  const writer = stream.attachWriter();
  must(tracer.attachStream({ key: 'a', writer, matches, contexts: contextsBy(contexts, rules) }));
  return stream;
}

/** The events: context and fields. */
function eventsOf(stream: TestStream, contexts: readonly string[]): { [name: string]: Decoded }[] {
  const body = stream.attachReader().next(true)?.body ?? new Uint8Array(0);
  const events: { [name: string]: Decoded }[] = [];
  for (let offset = 0; offset < body.length; ) {
    const cursor = new FieldCursor(body, decodeHeader(body, offset, 0n).end);
    events.push(cursor.fields([...contexts.map(contextField), ...fieldsOf(SCHEMA)]));
    offset = cursor.offset;
  }
  return events;
}

describe.each(WAYS)('a tracer (%s)', (_, compile) => {
  const makeTracer = (): Tracer => new Tracer({ compile });

  it('records the values of the moment before the fields', () => {
    const tracer = makeTracer();
    let turn = 0;
    tracer.contexts.provide('vpid', { read: () => 42 });
    tracer.contexts.provide('procname', { read: () => 'shop' });
    tracer.contexts.publish('$app.turn', () => turn);
    const names = ['vpid', '$app.turn', 'procname', 'heap_used'];
    const stream = attach(tracer, names);
    const event = tracer.tracepoint('a:b', SCHEMA);
    for (; turn < 3; turn++) event({ id: turn, text: 'x'.repeat(turn) });
    expect(eventsOf(stream, names)).toEqual(
      ['', 'x', 'xx'].map((text, id) => ({
        vpid: 42,
        app_turn: String(id),
        procname: 'shop',
        heap_used: 0n,
        id,
        text,
      })),
    );
  });

  it('records text and numbers of an application, and nothing else that it publishes', () => {
    fc.assert(
      fc.property(fc.anything(), fc.boolean(), (value, throws) => {
        const tracer = makeTracer();
        tracer.contexts.publish('$app.any', () => {
          if (throws) throw value;
          return value;
        });
        const stream = attach(tracer, ['$app.any']);
        tracer.tracepoint('a:b', SCHEMA)({ id: 1, text: '' });
        const isValue = !throws && ['string', 'number', 'bigint'].includes(typeof value);
        const [event] = eventsOf(stream, ['$app.any']);
        expect(event?.['app_any']).toBe(isValue ? recorded(String(value)) : '');
      }),
    );
  });

  it('cuts a long text', () => {
    const tracer = makeTracer();
    tracer.contexts.publish('$app.long', () => 'y'.repeat(257));
    const stream = attach(tracer, ['$app.long']);
    tracer.tracepoint('a:b', SCHEMA)({ id: 1, text: '' });
    expect(eventsOf(stream, ['$app.long'])[0]?.['app_long']).toBe(`${'y'.repeat(255)}…`);
  });

  it('lets a context record events itself: they have no values of the application', () => {
    const tracer = makeTracer();
    const event = tracer.tracepoint('a:b', SCHEMA);
    tracer.contexts.publish('$app.inner', () => {
      event({ id: 2, text: 'inner' });
      return 'value';
    });
    const stream = attach(tracer, ['$app.inner']);
    event({ id: 1, text: 'outer' });
    expect(eventsOf(stream, ['$app.inner'])).toEqual([
      { app_inner: '', id: 2, text: 'inner' },
      { app_inner: 'value', id: 1, text: 'outer' },
    ]);
  });

  it('selects events by contexts, which they need not carry', () => {
    const tracer = makeTracer();
    let tenant: unknown;
    tracer.contexts.provide('vpid', { read: () => 42 });
    tracer.contexts.publish('$app.tenant', () => tenant);
    const filter = '$ctx.vpid == 42 && ($app.tenant == "a*" || $app.tenant > 6)';
    const stream = attach(tracer, [], [{ ...RULE, filter }]);
    const event = tracer.tracepoint('a:b', SCHEMA);
    for (const [id, value] of ['acme', 'blue', 7, 6, undefined, 8n].entries()) {
      tenant = value;
      event({ id, text: '' });
    }
    expect(eventsOf(stream, []).map(({ id }) => id)).toEqual([0, 2, 5]);
  });

  it('begins a class with another layout when contexts change, and keeps the earlier one', () => {
    const tracer = makeTracer();
    tracer.contexts.provide('vpid', { read: () => 42 });
    const stream = makeStream();
    const writer = stream.attachWriter();
    const all = (): boolean => true;
    must(tracer.attachStream({ key: 'a', writer, matches: all }));
    const event = tracer.tracepoint('a:b', SCHEMA);
    const idNow = (): number => {
      event({ id: 0, text: '' });
      const body = stream.attachReader().next(true)?.body ?? new Uint8Array(0);
      let id = -1;
      for (let offset = 0; offset < body.length; ) {
        const header = decodeHeader(body, offset, 0n);
        id = header.classId;
        const cursor = new FieldCursor(body, header.end);
        cursor.fields([...(id === 1 ? [contextField('vpid')] : []), ...fieldsOf(SCHEMA)]);
        offset = cursor.offset;
      }
      return id;
    };
    expect(idNow()).toBe(0);
    tracer.updateStream('a', all, contextsBy(['vpid'], [RULE]));
    expect(idNow()).toBe(1);
    tracer.updateStream('a', all);
    expect(idNow()).toBe(0);
    tracer.updateStream('a', all, contextsBy(['vpid'], [RULE]));
    expect(idNow()).toBe(1);
  });
});

/** What a trace has of a text. */
function recorded(text: string): string {
  return text.replaceAll('\0', '\u2400').replace(/\p{Cs}/gu, '\ufffd');
}

describe('contexts', () => {
  it('are of the channel, then of the rules that name the event, each once', () => {
    const { of } = contextsBy(
      ['vpid'],
      [
        { ...RULE, pattern: 'a:*', contexts: ['vtid', 'vpid'] },
        { ...RULE, pattern: 'a:b', logLevelMax: 3, contexts: ['vuid'] },
      ],
    );
    const event = { name: 'a:b', logLevel: 6, fields: [] };
    expect(of(event)).toEqual(['vpid', 'vtid']);
    expect(of({ ...event, logLevel: 3 })).toEqual(['vpid', 'vtid', 'vuid']);
    expect(of({ ...event, name: 'b:b' })).toEqual(['vpid']);
  });

  it(`are at most ${CONTEXTS_MAX} in an event`, () => {
    const names = Array.from({ length: CONTEXTS_MAX + 1 }, (_, index) => `$app.c${index}`);
    const event = { name: 'a', logLevel: 0, fields: [] };
    expect(contextsBy(names, [RULE]).of(event)).toEqual(names.slice(0, CONTEXTS_MAX));
  });

  it('run their sources while rules or filters need them', () => {
    const tracer = new Tracer();
    const used: (readonly [string, boolean])[] = [];
    for (const name of ['loop_lag', 'async_id', 'vuid']) {
      const toggle = (isUsed: boolean): number => used.push([name, isUsed]);
      tracer.contexts.provide(name, { read: () => 0, toggle });
    }
    attach(tracer, ['loop_lag'], [{ ...RULE, filter: '!$ctx.async_id' }]);
    expect(used.splice(0)).toEqual([
      ['loop_lag', true],
      ['async_id', true],
    ]);
    tracer.updateStream('a', () => true, contextsBy(['loop_lag'], [RULE]));
    expect(used.splice(0)).toEqual([['async_id', false]]);
    tracer.updateStream('a', () => false, contextsBy(['loop_lag'], []));
    expect(used.splice(0)).toEqual([['loop_lag', false]]);
  });

  it.each(['', '1a', 'a-b', 'a'.repeat(65), 'p:t'])('cannot be published as "%s"', (name) => {
    expect(isContext(`$app.${name}`)).toBe(false);
    expect(() => new Tracer().contexts.publish(`$app.${name}`, () => 1)).toThrow(TypeError);
  });

  it(`can be published under at most ${PUBLISHED_MAX} names`, () => {
    const { contexts } = new Tracer();
    for (let index = 0; index < PUBLISHED_MAX; index++) contexts.publish(`$app.c${index}`, () => 1);
    expect(() => contexts.publish('$app.more', () => 1)).toThrow(RangeError);
    expect(() => contexts.publish('$app.c0', () => 2)).not.toThrow();
    expect(contexts.reader('$app.c0').read()).toBe(2);
  });
});
