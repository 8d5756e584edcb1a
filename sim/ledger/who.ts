/** Names of processes in a run with several hosts: labels are unique on one host only. */

/** The label of a process with its host before it, if the host has a name. */
export function whoOn(host: string | undefined, label: string): string {
  return host === undefined ? label : `${host}:${label}`;
}
