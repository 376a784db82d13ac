/**
 * The one name that `text` was most likely meant to be: one that it is the end of (`currency` of
 * `default_currency`), or one that it is a typo of, by one edit, or two in longer words. Undefined if no name
 * is near, or two are equally near.
 */
export function nearName<Name extends string>(
  text: string,
  names: readonly Name[],
  keyOf: (name: string) => string,
): Name | undefined {
  const key = keyOf(text);
  if (key.length < 3) return undefined;
  const ends = names.filter((name) => keyOf(name).endsWith(key));
  if (ends.length > 0) return ends.length === 1 ? ends[0] : undefined;
  const limit = key.length < 6 ? 1 : 2;
  let nearest: Name | undefined;
  let smallest = limit + 1;
  for (const name of names) {
    const known = keyOf(name);
    if (Math.abs(known.length - key.length) > limit) continue;
    const distance = editDistance(key, known);
    if (distance === smallest) nearest = undefined;
    if (distance >= smallest) continue;
    smallest = distance;
    nearest = name;
  }
  return nearest;
}

/** How many characters to insert, drop, change, or swap with their neighbour (optimal string alignment). */
export function editDistance(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= other.length; column++) {
      const changed = one[row - 1] === other[column - 1] ? 0 : 1;
      let least = Math.min(
        (last[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (last[column - 1] as number) + changed,
      );
      if (row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]) {
        least = Math.min(least, (beforeLast[column - 2] as number) + 1);
      }
      current.push(least);
    }
    beforeLast = last;
    last = current;
  }
  return last[other.length] as number;
}
