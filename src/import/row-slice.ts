/** Characters sent as one piece: rows one by one cost 5 to 7 times as much. */
const pieceLength = 1 << 16;

/** Accepted rows of a file that are sent to the server together. */
export interface RowSlice {
  /** Lines for COPY, UTF-8. */
  lines: Buffer[];
  /** What rows contain besides their customers: lines for COPY, too. */
  parts: Buffer[];
  /** ERP numbers that may already have occurred in the file. */
  repeatCandidates: string[];
  /** ERP numbers of rejected rows. */
  rejectedNumbers: string[];
}

export function newSlice() {
  const rows = createPieces();
  const parts = createPieces();
  return {
    rows: 0,
    repeatCandidates: [] as string[],
    rejectedNumbers: [] as string[],
    add(line: string): void {
      this.rows++;
      rows.add(line);
    },
    addPart: (line: string) => parts.add(line),
    finish(): RowSlice {
      return {
        lines: rows.finish(),
        parts: parts.finish(),
        repeatCandidates: this.repeatCandidates,
        rejectedNumbers: this.rejectedNumbers,
      };
    },
  };
}

/** Lines joined into pieces of at least `pieceLength`. */
function createPieces() {
  let text = '';
  const pieces: Buffer[] = [];
  return {
    add(line: string): void {
      text += line;
      if (text.length < pieceLength) return;
      pieces.push(Buffer.from(text, 'utf8'));
      text = '';
    },
    finish(): Buffer[] {
      if (text !== '') pieces.push(Buffer.from(text, 'utf8'));
      return pieces;
    },
  };
}
