/** How text may look on the stream it goes to. */
export interface Style {
  terminal: boolean;
  /** Cells across; undefined when piped. */
  columns: number | undefined;
  color: boolean;
}
