/** The data of a run's page, a JSON value inside the page. Times are nanoseconds since the machine started. */

/** The actor that uses a row of a lane from this entry on. */
export interface PageHolder {
  readonly actor: string;
  readonly from: number;
}

export interface PageLane {
  readonly pid: number;
  /** `user/program.N`. */
  readonly who: string;
  /** The host, in a run with several. */
  readonly host?: string;
  /** Times of the first and the last entry of the process. */
  readonly first: number;
  readonly last: number;
  /** Exit code or signal; undefined: it never ended. */
  readonly exit?: string;
  /** Rows of its actors: when an actor ends, another one reuses its row. */
  readonly rows: readonly (readonly PageHolder[])[];
}

export interface PageEntry {
  readonly time: number;
  /** Deliveries so far. */
  readonly step: number;
  /** Index of the process's lane. */
  readonly lane: number;
  readonly kind: string;
  readonly text: string;
  /** With `state`: the actor, its row in the lane, and whether it is the actor's last state. */
  readonly actor?: string;
  readonly state?: string;
  readonly row?: number;
  readonly isLast?: true;
  /** Index of the entry in another process that this one causes, or that causes this one: drawn as an arrow. */
  readonly to?: number;
  readonly from?: number;
}

/** The state of a stream's buffers from one entry on. */
export interface PageRing {
  /** In a run with several hosts. */
  readonly host?: string;
  readonly streamId: number;
  readonly dataSegment: number;
  readonly subbufferBytes: number;
  readonly subbufferCount: number;
  readonly overwrite: boolean;
  readonly opened: number;
  readonly consumed: number;
  readonly consumedBytes: number;
  readonly discarded: number;
  readonly slots: readonly { readonly sequence: number; readonly committed: number }[];
}

/** A fault of the machine or of one process, with its duration. */
export interface PageBand {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  /** Undefined: all lanes, of these hosts if there are any. */
  readonly lane?: number;
  readonly hosts?: readonly string[];
}

export interface PageData {
  readonly title: string;
  readonly command: string;
  /** Facts about the run: names and values. */
  readonly facts: readonly (readonly [string, string])[];
  readonly findings: readonly { readonly oracle: string; readonly text: string }[];
  readonly lanes: readonly PageLane[];
  readonly entries: readonly PageEntry[];
  /** Contents of the buffers from an entry on, in the order of entries. */
  readonly memory: readonly { readonly entry: number; readonly rings: readonly PageRing[] }[];
  readonly bands: readonly PageBand[];
  /** Sentences about data that was left out. */
  readonly leftOut: readonly string[];
}
