/** What `embedded status` shows. Sizes in bytes. */
export interface EmbeddedStatus {
  directory: string;
  exists: boolean;
  running: boolean;
  pid: number | undefined;
  socket: string | undefined;
  /** Of the data: `18`; undefined before the first start. */
  major: number | undefined;
  size: number;
}
