/**
 * What people write instead of a code: each code's English and German name, in lower case. Made when the first name
 * is looked up, since most files hold codes alone.
 */
export function codesByName(
  type: 'currency' | 'language',
  codes: () => Iterable<string>,
): (name: string) => string | undefined {
  let known: Map<string, string> | undefined;
  return (name) => {
    known ??= new Map(
      ['en', 'de'].flatMap((locale) => {
        const names = new Intl.DisplayNames(locale, { type });
        return Array.from(codes(), (code): [string, string] => [names.of(code)?.toLowerCase() ?? code, code]);
      }),
    );
    return known.get(name.toLowerCase());
  };
}
