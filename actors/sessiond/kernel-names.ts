/** Names of kernel parts: of their actors, and of their instances in the kernel (R1.24). */
import { fnv1a } from '../../src/base/fnv.ts';

/** The actor id of the kernel link of a kernel part. */
export function kernelLinkId(uuid: string): string {
  return `kernel-link-${uuid}`;
}

/** How the names of all instances of the registry in this directory begin: other registries have other ones. */
export function instancePrefix(directory: string): string {
  return `lttng-ts-${fnv1a(directory).toString(16).padStart(8, '0')}-`;
}

/** How the names of the instances of a kernel part begin. */
export function partPrefix(directory: string, uuid: string): string {
  return `${instancePrefix(directory)}${uuid}-`;
}

/** The instance of a channel: a name of a channel does not begin with `-`. */
export function instanceName(
  { directory, uuid }: { readonly directory: string; readonly uuid: string },
  channel: string,
): string {
  return `${partPrefix(directory, uuid)}${channel}`;
}

/** An instance in which filters are tried. */
export function trialName({
  directory,
  uuid,
}: {
  readonly directory: string;
  readonly uuid: string;
}): string {
  return `${partPrefix(directory, uuid)}-trial`;
}
