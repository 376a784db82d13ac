/** Writes a table row by row into a sink, which keeps all of it or nothing. */
export interface TableWriter {
  /** Throws at once if the target cannot be written. */
  open(): Promise<void>;
  /** Accepts a row; returns the first cell that the file cannot represent, and the reason. */
  add(cells: readonly string[]): UnfitCell | undefined;
  /** Passes on the accepted rows. False if the reader is gone. */
  flush(): Promise<boolean>;
  finish(): Promise<void>;
  /** Removes what was written. */
  discard(): Promise<void>;
}

export interface UnfitCell {
  index: number;
  /** What the encoding of the file lacks. */
  character: string;
}
