/** Events in the XML of LTTng: rules, tracepoints with their fields, contexts. */

import { APP_CONTEXT_PREFIX } from '../../../src/event/context.ts';
import type { FieldType } from '../../../src/event/model.ts';
import { fieldsIn } from '../../../src/tracer/signature.ts';
import type { TracepointInfo } from '../../../src/wire/app/messages.ts';
import type { EventRule } from '../../../src/wire/common.ts';
import type { KernelEvent } from '../../control/api/results.ts';
import type { ApplicationProcess } from '../describe.ts';
import { LOG_LEVEL_ALL, logLevelName } from '../log-levels.ts';
import type { Xml } from './xml.ts';

/** An event rule; LTTng's have no target, and no contexts of their own. */
export function ruleXml(
  rule: Pick<
    EventRule,
    'pattern' | 'kind' | 'logLevelMax' | 'logLevelMin' | 'exclusions' | 'filter' | 'enabled'
  >,
  ...more: readonly Xml[]
): Xml {
  const { filter, exclusions = [] } = rule;
  return [
    'event',
    ['name', rule.pattern],
    ['type', rule.kind === 'syscall' ? 'SYSCALL' : 'TRACEPOINT'],
    ['enabled', rule.enabled],
    ...levelsXml(rule),
    filter === undefined ? undefined : ['filter_expression', filter],
    ['exclusions', ...exclusions.map((name): Xml => ['exclusion', name])],
    ...more,
  ];
}

/** None when a rule accepts every level. */
function levelsXml({
  logLevelMax,
  logLevelMin,
}: Pick<EventRule, 'logLevelMax' | 'logLevelMin'>): readonly Xml[] {
  const hasRange = (logLevelMin ?? 0) === 0;
  if (logLevelMax === LOG_LEVEL_ALL && hasRange) return [];
  // LTTng has no range that ends before the most severe level.
  const otherType = hasRange ? 'RANGE' : 'UNKNOWN';
  const type = logLevelMin === logLevelMax ? 'SINGLE' : otherType;
  return [levelXml(logLevelMax), ['loglevel_type', type]];
}

function levelXml(level: number): Xml {
  return ['loglevel', `TRACE_${logLevelName(level)}`];
}

/** A registered process with its tracepoints. */
export function processXml(
  { pid, processName, tracepoints }: ApplicationProcess,
  withFields: boolean,
): Xml {
  const events = tracepoints.map((tracepoint) => tracepointXml(tracepoint, withFields));
  return ['pid', ['id', pid], ['name', processName], ['events', ...events]];
}

function tracepointXml({ name, logLevel, fields }: TracepointInfo, withFields: boolean): Xml {
  return [
    'event',
    ['name', name],
    ['type', 'TRACEPOINT'],
    ['enabled', true],
    levelXml(logLevel),
    ['loglevel_type', 'ALL'],
    ['exclusions'],
    withFields ? fieldsXml(fields) : undefined,
  ];
}

/** An event of the kernel, which has no level. */
export function kernelEventXml({ name, fields }: KernelEvent, type: 'TRACEPOINT' | 'SYSCALL'): Xml {
  return [
    'event',
    ['name', name],
    ['type', type],
    ['enabled', true],
    ['exclusions'],
    fields === undefined ? undefined : eventFieldsXml(fields),
  ];
}

/** Undefined when the text of the fields was too long to be sent whole. */
function fieldsXml(text: string): Xml | undefined {
  const fields = fieldsIn(text);
  return fields && eventFieldsXml(fields.map(({ name, type: { kind } }) => ({ name, kind })));
}

function eventFieldsXml(
  fields: readonly { readonly name: string; readonly kind: FieldType['kind'] }[],
): Xml {
  return [
    'event_fields',
    ...fields.map(
      ({ name, kind }): Xml => [
        'event_field',
        ['name', name],
        ['type', FIELD_TYPES[kind]],
        ['nowrite', 0],
      ],
    ),
  ];
}

const FIELD_TYPES: Readonly<Record<FieldType['kind'], string>> = {
  integer: 'INTEGER',
  float: 'FLOAT',
  // In a trace it is an enumeration.
  boolean: 'ENUM',
  enum: 'ENUM',
  string: 'STRING',
  array: 'OTHER',
  sequence: 'OTHER',
  struct: 'OTHER',
};

/** Those of our contexts that LTTng has. */
const THEIRS = /^(?:v(?:[pt]id|e?[ug]id)|procname|\w+_ns)$/;

/** A context that LTTng does not have is one of an application there: with a provider and a name. */
export function contextXml(name: string): Xml {
  return [
    'context',
    THEIRS.test(name) ? ['type', name.toUpperCase()] : ofProvider(name),
    ['symbol', name],
  ];
}

function ofProvider(name: string): Xml {
  const isPublished = name.startsWith(APP_CONTEXT_PREFIX);
  return [
    'app',
    ['provider_name', isPublished ? 'app' : 'node'],
    ['ctx_name', isPublished ? name.slice(APP_CONTEXT_PREFIX.length) : name],
  ];
}
