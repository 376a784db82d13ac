/**
 * Where a text stops being JSON (RFC 8259), as an offset; undefined if it is JSON. Node 20 reports it for
 * some faults only.
 */
export function jsonFault(text: string): number | undefined {
  let at = 0;

  function take(token: RegExp): boolean {
    const sticky = new RegExp(`[ \\t\\n\\r]*(?:${token.source})`, 'y');
    sticky.lastIndex = at;
    const found = sticky.test(text);
    if (found) at = sticky.lastIndex;
    return found;
  }

  function list(end: RegExp, member: () => boolean): boolean {
    if (take(end)) return true;
    do {
      if (!member()) return false;
    } while (take(/,/));
    return take(end);
  }

  function value(): boolean {
    if (take(/\{/)) return list(/\}/, () => take(string) && take(/:/) && value());
    if (take(/\[/)) return list(/\]/, value);
    return take(string) || take(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/) || take(/true|false|null/);
  }

  const whole = value();
  take(/(?=)/);
  return whole && at === text.length ? undefined : at;
}

const string = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/;
