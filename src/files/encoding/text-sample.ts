/** A line of a file that shows whether it was decoded correctly. */
export interface TextSample {
  line: number;
  text: string;
}

const sampleLength = 120;
/** Not ASCII, not a placeholder for an undefined byte, not invisible. */
const telling = /[^\0-\x7f\u00a0\ufeff\udc00-\udcff]/;

/** The first line with a character beyond ASCII, cut to the part around it; undefined without one. */
export async function firstTellingLine(texts: AsyncIterable<string>): Promise<TextSample | undefined> {
  let text = '';
  let line = 1;
  for await (const more of texts) {
    text += more;
    const at = text.search(telling);
    if (at >= 0) {
      if (text.length - at > sampleLength || /[\r\n]/.test(text.slice(at))) return sampleAt(text, at, line);
      continue;
    }
    // A CR at the end may be half of a CRLF.
    const stop = text.endsWith('\r') ? text.length - 1 : text.length;
    const passed = Math.max(text.lastIndexOf('\n', stop - 1), text.lastIndexOf('\r', stop - 1)) + 1;
    if (stop > 0) {
      line += lineEnds(text.slice(0, passed));
      text = text.slice(Math.max(passed, text.length - sampleLength));
    }
  }
  const at = text.search(telling);
  return at < 0 ? undefined : sampleAt(text, at, line);
}

function sampleAt(text: string, at: number, firstLine: number): TextSample {
  const before = text.slice(0, at);
  const lineStart = Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\r')) + 1;
  const start = Math.max(lineStart, at - sampleLength / 2);
  const whole = /^[^\r\n]*/.exec(text.slice(start))?.[0] ?? '';
  const cut = whole.length > sampleLength ? `${whole.slice(0, sampleLength).toWellFormed()}…` : whole;
  return { line: firstLine + lineEnds(before), text: start > lineStart ? `…${cut}` : cut };
}

function lineEnds(text: string): number {
  return text.match(/\r\n|[\r\n]/g)?.length ?? 0;
}
