/** Session files of LTTng 2.13, as its `lttng save` has written them; and XML that is refused. */
import { describe, expect, it } from 'vitest';
import { LEFT_OUT_MAX, parseLttngSession } from '../../../../src/kept/lttng-session.ts';
import { parseSaved } from '../../../../src/kept/saved-session.ts';
import { XML_DEPTH_MAX } from '../../../../src/kept/xml.ts';

const CHANNEL = `
  <name>net</name><enabled>true</enabled><overwrite_mode>OVERWRITE</overwrite_mode>
  <subbuffer_size>65536</subbuffer_size><subbuffer_count>8</subbuffer_count>
  <switch_timer_interval>2000000</switch_timer_interval><read_timer_interval>300000</read_timer_interval>
  <output_type>MMAP</output_type><blocking_timeout>0</blocking_timeout>
  <monitor_timer_interval>1000000</monitor_timer_interval>
  <tracefile_size>0</tracefile_size><tracefile_count>0</tracefile_count>
  <live_timer_interval>0</live_timer_interval>`;
const EVENTS = `
  <event><name>shop:*</name><enabled>true</enabled><type>TRACEPOINT</type>
    <loglevel_type>RANGE</loglevel_type><loglevel>6</loglevel>
    <filter>n &gt; 5 &amp;&amp; s == &quot;x*&quot;</filter>
    <exclusions><exclusion>shop:a</exclusion><exclusion>shop:b</exclusion></exclusions></event>
  <event><name>two</name><enabled>false</enabled><type>TRACEPOINT</type>
    <loglevel_type>ALL</loglevel_type></event>
  <event><name>one</name><enabled>true</enabled><type>TRACEPOINT</type>
    <loglevel_type>SINGLE</loglevel_type><loglevel>4</loglevel></event>`;
const IN_FILES = `<output><consumer_output><enabled>true</enabled>
  <destination><path>/tmp/web</path></destination></consumer_output></output>`;
const SCHEDULES = `<attributes><rotation_schedules><periodic><time_us>5000000</time_us></periodic>
  <size_threshold><bytes>1048576</bytes></size_threshold></rotation_schedules></attributes>`;

interface Sample {
  readonly channel?: string;
  readonly events?: string;
  readonly contexts?: string;
  readonly domains?: string;
  readonly more?: string;
}

function fileOf({
  channel = '',
  events = '',
  contexts = '',
  domains = '',
  more = '',
}: Sample): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<sessions><session><name>web</name><domains><domain><type>UST</type><buffer_type>PER_UID</buffer_type>
<channels><channel>${CHANNEL}${channel}<events>${events}</events><contexts>${contexts}</contexts>
</channel></channels><process_attr_trackers/></domain>${domains}</domains>${more}</session></sessions>
`;
}

function loaded(text: string): unknown {
  const made = parseLttngSession(text);
  if (!made.ok) return made.error;
  const parsed = parseSaved(made.value.json);
  return parsed.ok ? { ...parsed.value, leftOut: made.value.leftOut } : parsed.error;
}

describe('a session that LTTng 2.13 has saved', () => {
  it('has its channels, rules, contexts, rotations and state', () => {
    const contexts = '<context><type>VPID</type></context><context><type>PROCNAME</type></context>';
    const more = `<started>true</started>${SCHEDULES}${IN_FILES}`;
    const domains =
      '<domain><type>JUL</type><buffer_type>PER_UID</buffer_type><channels/></domain>';
    const target = { kind: 'all' };
    expect(loaded(fileOf({ events: EVENTS, contexts, domains, more }))).toEqual({
      version: 1,
      name: 'web',
      rotation: { everyUs: 5_000_000, atBytes: 1_048_576 },
      channels: [
        {
          settings: {
            name: 'net',
            shape: { subbufferBytes: 65_536, subbufferCount: 8, overwrite: true },
            switchTimerUs: 2_000_000,
            readTimerUs: 300_000,
            bufferScheme: 'uid',
          },
          contexts: ['vpid', 'procname'],
          rules: [
            {
              pattern: 'shop:*',
              logLevelMax: 6,
              filter: 'n > 5 && s == "x*"',
              exclusions: ['shop:a', 'shop:b'],
              target,
              enabled: true,
            },
            { pattern: 'two', logLevelMax: 14, target, enabled: false },
            { pattern: 'one', logLevelMax: 4, logLevelMin: 4, target, enabled: true },
          ],
        },
      ],
      isActive: true,
      leftOut: [],
    });
  });

  it('has its kernel channels, with tracepoints and system calls (R1.24)', () => {
    const events = `
      <event><name>sched_switch</name><enabled>true</enabled><type>TRACEPOINT</type>
        <filter>prev_tid == 7</filter></event>
      <event><name>openat</name><enabled>false</enabled><type>SYSCALL</type></event>
      <event><name>probe</name><enabled>true</enabled><type>KPROBE</type>
        <attributes><probe><address>1</address></probe></attributes></event>`;
    const contexts = '<context><type>PID</type></context><context><type>PROCNAME</type></context>';
    const domains = `<domain><type>KERNEL</type><buffer_type>GLOBAL</buffer_type><channels><channel>
      ${CHANNEL.replace('MMAP', 'SPLICE')}<events>${events}</events><contexts>${contexts}</contexts>
      </channel></channels><process_attr_trackers/></domain>`;
    const target = { kind: 'all' };
    const made = loaded(fileOf({ domains })) as { leftOut: string[] };
    expect(made).toMatchObject({
      channels: [{ rules: [] }],
      kernel: {
        channels: [
          {
            settings: { name: 'net', shape: { subbufferBytes: 65_536 } },
            rules: [
              { pattern: 'sched_switch', filter: 'prev_tid == 7', target, enabled: true },
              { pattern: 'openat', kind: 'syscall', target, enabled: false },
            ],
          },
        ],
      },
    });
    expect(JSON.stringify(made)).not.toContain('"contexts"');
    expect(made.leftOut.toSorted()).toEqual([
      'context pid',
      'context procname',
      'event probe (KPROBE)',
    ]);
  });

  it('has buffers of processes where LTTng had them', () => {
    const { channels } = loaded(fileOf({}).replace('PER_UID', 'PER_PID')) as {
      channels: { settings: object }[];
    };
    expect(channels[0]?.settings).not.toHaveProperty('bufferScheme');
  });

  it('sends to its relay, or is a flight recorder', () => {
    const more = `<started>false</started>
      <attributes><live_timer_interval>1000000</live_timer_interval></attributes>
      <output><consumer_output><enabled>true</enabled><destination><net_output>
      <control_uri>tcp4://127.0.0.1:5342/</control_uri><data_uri>tcp4://127.0.0.1:5343/</data_uri>
      </net_output></destination></consumer_output></output>`;
    expect(loaded(fileOf({ more }))).toMatchObject({
      relay: { control: 'tcp://127.0.0.1:5342/', data: 'tcp://127.0.0.1:5343/' },
      liveTimerUs: 1_000_000,
      isActive: false,
      leftOut: [],
    });
    const flight = '<attributes><snapshot_mode>true</snapshot_mode></attributes>';
    expect(loaded(fileOf({ more: flight }))).toMatchObject({ flightRecorder: true, leftOut: [] });
    const outputs = (inside: string): string =>
      `${flight}<output><snapshot_outputs>${inside}</snapshot_outputs></output>`;
    const output = (of: string, to: string, size = 0): string =>
      `<output><name>${of}</name><max_size>${size}</max_size><consumer_output><enabled>true</enabled>
      <destination>${to}</destination></consumer_output></output>`;
    const local = '<path>/tmp/lim</path>';
    expect(loaded(fileOf({ more: outputs(output('lim', local, 65_536)) }))).toMatchObject({
      snapshotOutput: { name: 'lim', output: '/tmp/lim', bytesMax: 65_536 },
      leftOut: [],
    });
    const several = outputs(output('snapshot-1', local) + output('more', local));
    const made = loaded(fileOf({ more: several })) as { snapshotOutput: unknown };
    expect(made).toMatchObject({ leftOut: ['snapshot output more'] });
    expect(made.snapshotOutput).toEqual({ output: '/tmp/lim' });
    expect(loaded(fileOf({ more: outputs('') }))).toMatchObject({ snapshotOutput: null });
    const remote = '<net_output><control_uri>tcp4://h/</control_uri></net_output>';
    const without = loaded(fileOf({ more: outputs(output('far', remote)) }));
    expect(without).toMatchObject({ leftOut: ['snapshot output far, a relay'] });
    expect(without).not.toHaveProperty('snapshotOutput');
  });

  it('has the bounds of its files', () => {
    const files = (size: number, count: number): string =>
      CHANNEL.replace('size>0<', `size>${size}<`).replace('count>0<', `count>${count}<`);
    const settingsOf = (channel: string): unknown => {
      const text = fileOf({}).replace(CHANNEL, channel);
      const made = loaded(text) as { leftOut: string[]; channels: { settings: object }[] };
      expect(made.leftOut).toEqual([]);
      return made.channels[0]?.settings;
    };
    expect(settingsOf(files(8_388_608, 16))).toMatchObject({
      tracefiles: { bytes: 8_388_608, count: 16 },
    });
    expect(settingsOf(files(4096, 0))).toMatchObject({ tracefiles: { bytes: 4096, count: 0 } });
    expect(settingsOf(CHANNEL)).not.toHaveProperty('tracefiles');
  });

  it('is loaded without what ours have not, which is named', () => {
    const text = fileOf({
      channel: '<tracefile_count>3</tracefile_count>',
      events: '<event><name>x</name><enabled>true</enabled><type>PROBE</type></event>',
      contexts:
        '<context><type>PTHREAD_ID</type></context><context><perf><name>c</name></perf></context>',
      domains: '<domain><type>JUL</type><channels><channel/></channels></domain>',
      more: '<shared_memory_path>/dev/shm/x</shared_memory_path>',
    });
    const leftOut = [
      'shared_memory_path /dev/shm/x',
      'domain JUL',
      'context pthread_id',
      'context perf',
      'tracefile_count 3',
      'event x (PROBE)',
    ];
    const made = loaded(text) as { leftOut: string[]; channels: object[] };
    expect(made.leftOut.toSorted()).toEqual(leftOut.toSorted());
    expect(made.channels).toMatchObject([{ rules: [] }]);
    const many = Array.from({ length: LEFT_OUT_MAX + 1 }, (_, index) => `<x${index}>1</x${index}>`);
    expect(loaded(fileOf({ more: many.slice(1).join('') }))).toMatchObject({
      leftOut: { length: LEFT_OUT_MAX },
    });
    expect(loaded(fileOf({ more: many.join('') }))).toMatchObject({
      leftOut: { length: LEFT_OUT_MAX },
    });
  });
});

describe('XML that is refused', () => {
  const nested = (levels: number): string => '<a>'.repeat(levels) + '</a>'.repeat(levels);
  it.each([
    ['<', 'is not well-formed XML in line 1'],
    ['<sessions>\n<session></sessions>', 'is not well-formed XML in line 2'],
    ['<sessions>&evil;</sessions>', 'is not well-formed XML in line 1'],
    ['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 'has a document type'],
    ['<sessions/>', 'is not the file of one LTTng session'],
    ['<a><session/></a>', 'is not the file of one LTTng session'],
    ['<sessions><session/><session/></sessions>', 'is not the file of one LTTng session'],
    ['<sessions><session/></sessions>', 'is not a saved session: name is wrong'],
    [nested(XML_DEPTH_MAX), 'is not the file of one LTTng session'],
    [nested(XML_DEPTH_MAX + 1), `has more than ${XML_DEPTH_MAX} levels`],
  ])('%s', (text, reason) => {
    expect(loaded(text)).toBe(reason);
  });
});
