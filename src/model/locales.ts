import availableLocales from 'cldr-core/availableLocales.json' with { type: 'json' };
import defaultContent from 'cldr-core/defaultContent.json' with { type: 'json' };

/** The languages whose names for countries, languages and currencies are always recognised. */
export const namingLanguages = ['en', 'de', 'fr', 'it'] as const;

/** Every locale that CLDR has data of, including the ones that it shortens (`de-DE` as `de`). */
export function knownLocales(): string[] {
  // A Node built with English only has fewer, and then fewer names are recognised.
  return Intl.DisplayNames.supportedLocalesOf([
    ...availableLocales.availableLocales.full,
    ...defaultContent.defaultContent,
  ]);
}

/** Which of these locales belong to each region: `CH` has de-CH, fr-CH, it-CH, rm-CH and others. */
export function localesByRegion(): Map<string, string[]> {
  const byRegion = new Map<string, string[]>();
  for (const locale of knownLocales()) {
    const { region } = new Intl.Locale(locale);
    if (region !== undefined) byRegion.set(region, [...(byRegion.get(region) ?? []), locale]);
  }
  return byRegion;
}
