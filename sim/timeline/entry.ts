/** The timeline of a run: one entry for each event of the machine, for logs, pages and traces. */
import type { LogLevel } from '../../src/port/log.ts';

/** An action of a process, or an event that affects it. Texts are for users. */
export type EntryBody =
  /**
   * `key` links sending and receipt of a message; `peer` is a process id, or an address on the network. It is unknown
   * when the program has not asked for it.
   */
  | {
      readonly kind: 'send' | 'receive';
      readonly peer: number | string | undefined;
      readonly key: string;
      readonly text: string;
    }
  /** `isLast`: the actor has ended; `gone`: another actor stopped it, in any state. */
  | {
      readonly kind: 'state';
      readonly actor: string;
      readonly state: string;
      readonly isLast?: true;
    }
  /** A process has an end of a connection between hosts; `key` links both ends. */
  | { readonly kind: 'connect'; readonly key: string; readonly text: string }
  /** A change of the machine: files, memory, pipes, processes. */
  | { readonly kind: 'act'; readonly text: string }
  | { readonly kind: 'start'; readonly text: string; readonly child: number | undefined }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly text: string }
  /** A delivery of the machine to the process. */
  | { readonly kind: 'deliver'; readonly what: string; readonly text: string }
  /** A fault of the process or, as process 0, of the machine. */
  | { readonly kind: 'fault'; readonly text: string }
  /** `exit`: its code, or the signal that ended it. */
  | { readonly kind: 'end'; readonly exit: string };

export type TimelineEntry = EntryBody & {
  /** Deliveries so far. */
  readonly step: number;
  /** Nanoseconds since the machine started. */
  readonly time: number;
  readonly pid: number;
  /** `user/program.N`, in a run with several hosts `host:user/program.N`; the same in every run of a seed. */
  readonly who: string;
  /** The host, if it has a name. */
  readonly host?: string;
};

/** An entry as a line, to be printed after the name of its process. */
export function entryText(body: EntryBody): string {
  switch (body.kind) {
    case 'send':
      return `-> ${body.peer ?? 'the registry'}: ${body.text}`;
    case 'receive':
      return `<- ${body.peer ?? 'the registry'}: ${body.text}`;
    case 'state':
      return `${body.actor} is ${body.state}`;
    case 'act':
    case 'connect':
    case 'start':
      return body.text;
    case 'log':
      return `${body.level}: ${body.text}`;
    case 'deliver':
      return `< ${body.what} ${body.text}`;
    case 'fault':
      return `fault: ${body.text}`;
    case 'end':
      return `ends: ${body.exit}`;
  }
}

/** Whether `--log` prints it: it prints messages when they are sent; `--calls` prints deliveries. */
export function isLogged({ kind }: EntryBody): boolean {
  return kind !== 'receive' && kind !== 'deliver';
}
