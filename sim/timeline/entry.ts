/** The timeline of a run: one entry for each thing that happened, for logs, pages and traces. */
import type { LogLevel } from '../../src/port/log.ts';

/** What a process did, or what was done to it. Texts are for people. */
export type EntryBody =
  /** `key` is the same for the message that is sent and received; `peer` is unknown when nobody asked who it is. */
  | {
      readonly kind: 'send' | 'receive';
      readonly peer: number | undefined;
      readonly key: string;
      readonly text: string;
    }
  /** `isLast`: the actor has ended; `gone` is one that another stopped, in whatever state it was. */
  | {
      readonly kind: 'state';
      readonly actor: string;
      readonly state: string;
      readonly isLast?: true;
    }
  /** Something done to the machine: files, memory, pipes, processes. */
  | { readonly kind: 'act'; readonly text: string }
  | { readonly kind: 'start'; readonly text: string; readonly child: number | undefined }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly text: string }
  /** What the machine delivered into the process. */
  | { readonly kind: 'deliver'; readonly what: string; readonly text: string }
  /** Something that goes wrong, for the process or, as process 0, for the machine. */
  | { readonly kind: 'fault'; readonly text: string }
  /** `exit`: its code, or the signal that ended it. */
  | { readonly kind: 'end'; readonly exit: string };

export type TimelineEntry = EntryBody & {
  /** Deliveries so far. */
  readonly step: number;
  /** Nanoseconds since the machine started. */
  readonly time: number;
  readonly pid: number;
  /** `user/program.N`; the same in every run of a seed. */
  readonly who: string;
};

/** An entry as a line, to stand after the name of its process. */
export function entryText(body: EntryBody): string {
  switch (body.kind) {
    case 'send':
      return `-> ${body.peer ?? 'the registry'}: ${body.text}`;
    case 'receive':
      return `<- ${body.peer ?? 'the registry'}: ${body.text}`;
    case 'state':
      return `${body.actor} is ${body.state}`;
    case 'act':
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

/** Whether `--log` shows it: a message is shown when it is sent, and `--calls` shows deliveries. */
export function isLogged({ kind }: EntryBody): boolean {
  return kind !== 'receive' && kind !== 'deliver';
}
