/**
 * The configuration file of a registry: JSON, `{ "group": "tracing", "logLevel": "info" }`, each member optional. The
 * command line gives the values of absent members.
 */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { fail, ok, type Result } from '../../src/base/result.ts';
import { thrownErrno } from '../../src/os/errors.ts';
import { LOG_LEVELS } from './daemon.ts';

const FILE_BYTES_MAX = 64 * 1024;

const schema = v.strictObject({
  group: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/))),
  logLevel: v.optional(v.picklist(LOG_LEVELS)),
});

export type Configuration = v.InferOutput<typeof schema>;

/** Reads the configuration file; empty without a path. The error is one sentence. */
export function readConfiguration(path: string | undefined): Result<Configuration, string> {
  if (path === undefined) return ok({});
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (thrown) {
    const code = thrownErrno(thrown);
    if (code === undefined) throw thrown;
    return fail(`Cannot read ${path} (${code})`);
  }
  if (text.length > FILE_BYTES_MAX) return fail(`${path} is longer than ${FILE_BYTES_MAX} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail(`${path} is not JSON`);
  }
  const parsed = v.safeParse(schema, value, { abortEarly: true });
  if (parsed.success) return ok(parsed.output);
  const issue = parsed.issues[0];
  return fail(`${path}: ${v.getDotPath(issue) ?? 'top level'}: ${issue.message}`);
}
