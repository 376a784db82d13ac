import { Failure } from '../errors.ts';
import { quoted } from '../model/printable.ts';

/** Bytes. A longer line is not a row, whatever `--row-limit` is. */
const lineLimit = 128 << 20;
/** Bytes. If one line is repeated for this long, the file is not a list. */
const repeatLimit = 64 << 20;

/**
 * Watches the bytes of a pipe as they arrive. Throws `Failure` if the stream shows no sign of ending: no line
 * break (`cat /dev/zero`), or one line again and again (`yes`). Longer repetitions are not detected here.
 */
export function watchForEnd(name: string): (bytes: Buffer) => void {
  let withoutBreak = 0;
  let line = Buffer.alloc(0);
  let repeated = 0;

  function watchLine(bytes: Buffer): void {
    const last = Math.max(bytes.lastIndexOf(10), bytes.lastIndexOf(13));
    withoutBreak = last < 0 ? withoutBreak + bytes.length : bytes.length - last - 1;
    if (withoutBreak <= lineLimit) return;
    throw new Failure('record_too_large', `${name} has a line that does not end after 128 MB`, {
      hint: 'check what writes it: a list of customers has lines and an end',
    });
  }

  /** Whether all of it repeats the previous line: then each byte equals the one a line's length earlier. */
  function watchRepeats(bytes: Buffer): void {
    const whole = Buffer.concat([line, bytes]);
    if (line.length > 0 && whole.subarray(line.length).equals(whole.subarray(0, bytes.length))) {
      repeated += bytes.length;
      line = whole.subarray(bytes.length);
    } else {
      repeated = 0;
      const end = bytes.lastIndexOf(10);
      const start = end > 0 ? bytes.lastIndexOf(10, end - 1) : -1;
      // One line's length, up to the last byte seen.
      line = start < 0 ? Buffer.alloc(0) : Buffer.from(bytes.subarray(bytes.length - (end - start)));
    }
    if (repeated <= repeatLimit) return;
    const again = Buffer.concat([line, line]);
    const begins = again.indexOf(10) + 1;
    const text = again.subarray(begins, again.indexOf(10, begins)).toString('utf8');
    throw new Failure('unsupported_format', `${name} has had only one line for 64 MB: ${quoted(text)}`, {
      hint: 'check what writes it: it does not seem to end',
    });
  }

  return (bytes) => {
    watchLine(bytes);
    watchRepeats(bytes);
  };
}
