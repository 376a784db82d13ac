import { describe, expect, test } from 'vitest';
import { parseCountry, parseCountryCode } from '../../src/model/country.ts';
import { parseCurrency, parseCurrencyCode } from '../../src/model/currency.ts';
import { parseLanguage, parseLanguageTag } from '../../src/model/language.ts';

/** What each spelling is read as. A line is `CODE: spelling; spelling`. */
function spellings(table: string): [text: string, code: string][] {
  return table
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [code = '', texts = ''] = line.trim().split(/: (.*)/s);
      return texts.split('; ').map((text): [string, string] => [text, code]);
    });
}

describe('a country', () => {
  test.each(
    spellings(`
      DE: Deutschland; GERMANY; Allemagne; Germania; DEU; D; DE-Deutschland; DE - Deutschland
      DE: Deutschland (DE); Deu; BRD
      AT: Österreich; Oesterreich; Austria; Autriche; AUT; A
      CH: Schweiz; Suisse; Svizzera; Svizra; CHE; CH; Switzerland
      FR: F; FRA; Frankreich; France; Francia
      IT: Italien; Italia; ITA; I
      NL: Niederlande; Holland; The Netherlands; Nederland; NLD; NL; Pays-Bas
      BE: Belgien; België; Belgique; B; BEL
      LU: Luxemburg; Lëtzebuerg; L
      ES: Spanien; España; E; ESP
      PT: P; Portugal
      PL: Polen; Polska; POL; PL
      CZ: Tschechien; Tschechische Republik; Czech Republic; Czechia; Česko; CZE; CZ
      SK: Slowakei; Slovensko; SVK; SK
      SI: Slowenien; Slovenija; SLO; SVN
      HU: Ungarn; Magyarország; H; HUN
      DK: Dänemark; Danmark; DK; DNK
      SE: S; Schweden; Sverige; SWE
      NO: N; Norwegen; Norge; NOR
      FI: FIN; Finnland; Suomi
      GB: UK; GB; GBR; Großbritannien; Grossbritannien; United Kingdom; Vereinigtes Königreich; England
      GB: Schottland; Wales; Nordirland; Northern Ireland
      US: America; USA; U.S.A.; US; Vereinigte Staaten; Vereinigte Staaten von Amerika; United States of America
      US: United States
      GR: EL; GR; Griechenland; Ελλάδα; Hellas
      IE: Irland; Ireland; IRL; Eire; Éire
      LI: Liechtenstein; FL; LIE
      MC: Monaco
      HR: Kroatien; Hrvatska; HR; HRV
      RS: Serbien; Srbija; Србија; SRB
      BA: Bosnien; Bosnien und Herzegowina; Bosnia & Herzegovina; BiH
      TR: Türkei; Turkey; Türkiye; Turkiye; TR
      RU: Russland; Russia; Russische Föderation; Россия; RUS
      UA: Ukraine; Україна
      CN: China; VR China; Volksrepublik China; 中国
      HK: Hongkong; Hong Kong
      TW: Taiwan
      JP: Japan; 日本
      KR: Südkorea; South Korea
      KP: Nordkorea
      VN: Vietnam; Viet Nam
      GN: Guinea
      GE: Georgien; Georgia
      JO: Jordan
      NE: Niger
      NG: Nigeria
      DM: Dominica
      DO: Dominikanische Republik
      MK: Mazedonien; Nordmazedonien; North Macedonia
      XK: Kosovo; RKS; XK
      MD: Moldawien; Moldau
      BY: Weißrussland; Belarus
      CI: Elfenbeinküste; Côte d'Ivoire; Ivory Coast
      MM: Myanmar; Burma
      ZA: Südafrika; South Africa; Suedafrika
      AE: VAE; UAE; Vereinigte Arabische Emirate
      SA: Saudi Arabien; Saudi-Arabien
      BR: Brasilien; Brasil; Brazil
      MX: Mexiko; México
      CA: Kanada; Canada
      AX: Åland
      PS: Palästina; Palestine
      VA: Vatikan
      CW: Curaçao
      RE: Reunion; La Réunion
      CV: Kap Verde; Cabo Verde
      TL: Timor-Leste; Osttimor
      SZ: Swasiland; Eswatini
      BG: Bulgarien; България; BGR
      RO: Rumänien; România; ROU; RO
      EE: Estland; Eesti
      LV: Lettland; Latvija
      LT: Litauen; Lietuva
      MT: Malta
      CY: Zypern; Κύπρος; Cyprus
      IS: Island; Iceland; Ísland; IS
      WS: Samoa
      LC: St. Lucia; Saint Lucia
      CD: Demokratische Republik Kongo
      MO: Macau
      IL: Israel
      IR: Iran
      SY: Syrien; Syria
      LA: Laos
      TZ: Tansania; Tanzania
      BO: Bolivien
      VE: Venezuela
      BN: Brunei
      KG: Kyrgyzstan
      FM: Mikronesien
    `),
  )('%s is %s', (text, code) => {
    expect(parseCountry(text)).toBe(code);
    expect(parseCountryCode(code)).toBe(code);
  });

  test.each([
    ['Korea', 'KR or KP'],
    ['Kongo', 'CD or CG'],
    ['Congo', 'CG or CD'],
    ['DE, AT', 'DE or AT'],
    ['Deutschland, Österreich', 'DE or AT'],
    ['DE/AT', 'DE or AT'],
    ['Virgin Islands', 'VG or VI'],
    ['Saint Martin', 'MF or SX'],
    ['St. Martin', 'MF or SX'],
  ])('%s can mean %s', (text, codes) => {
    expect(parseCountry(text)).toMatchObject({ message: `"${text}" can mean ${codes}` });
  });

  test.each([
    ['CRO', 'HR'],
    ['Deutschlnd', 'DE'],
    ['Duetschland', 'DE'],
    ['Deutchland', 'DE'],
    ['Germnay', 'DE'],
    ['276', 'DE'],
    ['040', 'AT'],
    ['ger', 'DE'],
    ['GER', 'DE'],
    ['SUI', 'CH'],
    ['NED', 'NL'],
    ['DEN', 'DK'],
    ['Islands', 'IS'],
  ])('for %s it asks whether %s was meant', (text, meant) => {
    expect(parseCountry(text)).toMatchObject({ code: 'invalid_country', hint: `did you mean ${meant}?` });
  });

  test.each([
    'Québec',
    'Bayern',
    'Tirol',
    'Inland',
    'Ausland',
    'EU',
    'Europa',
    'D-',
    'DE1',
    'xx',
    'n/a',
    'Südtirol',
    'ROM',
    'J',
    'K',
    'Z',
    'T',
    'Deutsch',
    'DDR',
    'Jugoslawien',
    'UdSSR',
    'Yugoslavia',
    'CSSR',
    'Republik',
    'Republic',
  ])('%s is refused', (text) => {
    expect(parseCountry(text)).toMatchObject({ code: 'invalid_country' });
    expect(parseCountry(text)).not.toHaveProperty('hint');
  });
});

describe('a currency', () => {
  test.each(
    spellings(`
      RUB: руб; руб.
      EUR: EUR; eur; Euro; EURO; euros; €; EUR €; € EUR; EUR (€); Euro (EUR); EUR - Euro; 978; Euró; Eur.
      EUR: ЕВРО; Евро; Ευρώ; ευρώ
      USD: US$; USD; US-Dollar; US Dollar; 840; US dollars
      GBP: GBP; Britisches Pfund; Pfund Sterling; pounds sterling; British Pound
      CHF: CHF; SFr; SFr.; sFr.; Franken; Schweizer Franken; Franc suisse; 756; SFR; Swiss Franc
      DKK: DKK; dkr; Dänische Krone
      SEK: SEK; skr; Schwedische Krone; Kronor
      NOK: NOK; nkr; Norwegische Krone
      PLN: PLN; zł; Zloty; Złoty; Polnischer Zloty
      CZK: CZK; Kč; Kc; Tschechische Krone
      HUF: HUF; Ft; Forint
      TRY: TL; TRY; ₺; Türkische Lira
      CNY: RMB; CNY; Yuan; Renminbi
      JPY: 円; Yen; JPY; JP¥
      RUB: RUB; ₽
      RUR: RUR
      UAH: UAH; ₴; Hrywnja
      INR: INR; ₹
      BRL: R$; Real; BRL
      MXN: MXN
      AUD: A$; AUD; 036
      CAD: CAD
      HKD: HK$
      SGD: S$; SGD
      NZD: NZ$
      BGN: BGN; Lew; лв; лв.
      RON: RON
      HRK: HRK; Kuna
      RSD: RSD
      DEM: DM; DEM; D-Mark
      ATS: Schilling; ATS; öS
      ITL: ITL
      FRF: FRF
      USS: USS
      XXX: XXX
      XAU: XAU
      ZAR: Rand; ZAR
      AED: AED
      SAR: SAR
      ILS: ILS; ₪; Schekel
      THB: THB; ฿; Baht
    `),
  )('%s is %s', (text, code) => {
    expect(parseCurrency(text)).toBe(code);
    expect(parseCurrencyCode(code)).toBe(code);
  });

  test.each([
    ['$', 'USD, XCD, ARS, AUD, BBD or 24 others'],
    ['Dollar', 'USD, XCD, AUD, BBD, BMD or 21 others'],
    ['Dollars', 'USD, XCD, AUD, BBD, BMD or 21 others'],
    ['£', 'GBP, SHP, FKP, GIP, SSP or SYP'],
    ['Pfund', 'GBP, EGP, LBP, SDG, SSP or 5 others'],
    ['Pound', 'GBP, SHP, EGP, FKP, GIP or 8 others'],
    ['Pounds', 'GBP, SHP, EGP, FKP, GIP or 8 others'],
    ['Fr', 'CHF, RWF, FRF or BEF'],
    ['Fr.', 'CHF, RWF, FRF or BEF'],
    ['Kr', 'SEK, NOK, DKK or ISK'],
    ['kr.', 'SEK, NOK, DKK or ISK'],
    ['Krone', 'CZK, SEK, NOK, DKK, ISK or 2 others'],
    ['Kronen', 'CZK, SEK, NOK, DKK, ISK or 2 others'],
    ['Krona', 'SEK or ISK'],
    ['Koruna', 'CZK or SKK'],
    ['Lira', 'LBP, SYP, TRY, ITL or MTL'],
    ['¥', 'JPY or CNY'],
    ['￥', 'JPY or CNY'],
    ['Rubel', 'BYN, RUB, LVR or TJR'],
    ['Rupie', 'PKR, INR, IDR, LKR, MUR or 2 others'],
    ['₩', 'KPW or KRW'],
    ['Won', 'KPW or KRW'],
    ['Peso', 'ARS, CLP, COP, CUP, DOP or 5 others'],
    ['C$', 'NIO or CAD'],
    ['Lei', 'RON or MDL'],
    ['Leu', 'MDL or RON'],
    ['Dinar', 'BHD, DZD, IQD, JOD, KWD or 6 others'],
    ['Mark', 'BAM, DEM or FIM'],
    ['Lire', 'LBP, SYP, TRY, ITL or MTL'],
    ['Dirham', 'AED or MAD'],
    ['EUR/USD', 'EUR or USD'],
    ['EUR, USD', 'EUR or USD'],
    ['EUR USD', 'EUR or USD'],
    ['Euro/Dollar', 'EUR, USD, XCD, AUD, BBD or 22 others'],
  ])('%s can mean %s', (text, codes) => {
    expect(parseCurrency(text)).toMatchObject({ message: `"${text}" can mean ${codes}` });
  });

  test.each([
    ['EU', 'EUR'],
    ['EURR', 'EUR'],
    ['EUE', 'EUR'],
    ['ERU', 'EUR'],
    ['UER', 'EUR'],
    ['US', 'USD'],
    ['UDS', 'USD'],
    ['GPB', 'GBP'],
    ['BP', 'GBP'],
    ['CFH', 'CHF'],
    ['kn', 'HRK'],
    ['R', 'ZAR'],
  ])('for %s it asks whether %s was meant', (text, meant) => {
    expect(parseCurrency(text)).toMatchObject({ code: 'invalid_currency', hint: `did you mean ${meant}?` });
  });

  test.each([
    'Lit',
    'F',
    'RUE',
    'Bitcoin',
    'BTC',
    'Kreditor',
    'n/a',
    '1',
    '0',
    '100',
    '999',
    'European Euro',
    'Europäischer Euro',
    'CH-Franken',
  ])('%s is refused', (text) => {
    expect(parseCurrency(text)).toMatchObject({ code: 'invalid_currency' });
    expect(parseCurrency(text)).not.toHaveProperty('hint');
  });
});

describe('a language', () => {
  test.each(
    spellings(`
      de: de; DE; deu; ger; DEU; GER; D; Deutsch; deutsch; German; Allemand; Tedesco; DEUTSCH
      de-DE: de-DE; de_DE; de_DE@euro; de-de; DE_de; Deutsch (Deutschland)
      en: E; Englisch; English; Anglais; Inglese; EN; eng
      fr: F; Französisch; francais; français; French; Francese; fra; fre; FR
      it: I; Italienisch; italiano; Italian; ita; IT
      de-AT: Deutsch (Österreich); German (Austria); German - Austria; Deutsch (AT); de-AT
      de-AT: Österreichisches Deutsch
      en-US: en_US; en-US; en_US.UTF-8; English (US); English (United States); American English
      en-US: Englisch (USA)
      en-GB: en-UK; English (UK); British English; en_GB.ISO8859-1
      fr-FR: fr_FR
      fr-CH: fr-CH
      es: Spanisch; Español; espanol; castellano; Spanish; spa; ES
      nl: Niederländisch; Nederlands; Dutch; Holländisch; nld; dut; NL
      nl-BE: Flämisch; Vlaams
      pl: Polnisch; polski; Polish; PL; pol; L
      cs: Tschechisch; čeština; cestina; český; česky; Czech; cs; ces; cze; C
      sk: Slowakisch; slovenčina; sk; Q
      sl: Slowenisch; slovenščina; sl; slv
      si: SI; si
      hu: Ungarisch; magyar; hu; H
      da: Dänisch; dansk; Danish; da; K
      sv: Schwedisch; svenska; sv; V
      se: se; SE
      no: Norwegisch; norsk; no; NO; O
      nb: bokmål; Bokmal; nb
      nn: nn
      fi: Finnisch; suomi; fi; U
      el: Griechisch; Ελληνικά; el; G
      ru: Russisch; русский; ru; R
      tr: Türkisch; Türkçe; Turkce; tr; T
      pt: Portugiesisch; Português; pt; P
      pt-BR: pt-BR; Brasilianisch; Brazilian Portuguese
      zh: Chinesisch; 中文; zh
      zh-Hant: M
      zh-CN: zh_CN
      zh-TW: zh-TW
      zh-Hans: zh-Hans; Chinese (Simplified); Simplified Chinese
      ja: Japanisch; 日本語; ja; J
      ko: Koreanisch; 한국어; ko
      kr: kr
      ar: Arabisch; العربية; ar; A
      he: Hebräisch; he; B
      iw: iw
      hr: Kroatisch; hrvatski; hr
      sr: Serbisch; srpski; sr
      bs: Bosnisch; bs
      ro: Rumänisch; română; ro
      bg: Bulgarisch; български; bg; W
      uk: Ukrainisch; uk
      et: Estnisch; eesti; et
      ee: ee; EE
      lv: Lettisch; lv; Y
      lt: Litauisch; lt; X
      sq: Albanisch; shqip; sq
      mk: Mazedonisch; mk
      ch: ch; CH
      be: be; BE
      de-XX: de-XX
      gsw: Schweizerdeutsch; Swiss German
      de-CH: Schweizer Hochdeutsch
      rm: Rätoromanisch
      la: Latein
      eo: Esperanto
      mul: mul
      und: und
      zxx: zxx
      fa: Farsi; Persisch
      vi: Vietnamesisch
      th: Thai
      hi: Hindi
      de-1996: de-1996
      i-klingon: i-klingon
      x-private: x-private
    `),
  )('%s is %s', (text, code) => {
    expect(parseLanguage(text)).toBe(code);
    expect(parseLanguageTag(code)).toBe(code);
  });

  test.each([
    ['d', 'sr-Latn or de'],
    ['slo', 'sk or sl'],
    ['SLO', 'sk or sl'],
  ])('%s can mean %s', (text, codes) => {
    expect(parseLanguage(text)).toMatchObject({ message: `"${text}" can mean ${codes}` });
  });

  test.each([
    ['e', 'en'],
    ['cz', 'cs or cs-CZ'],
    ['CZ', 'cs or cs-CZ'],
    ['5', 'sl (SAP’s key 5)'],
    ['dk', 'da or da-DK'],
    ['DK', 'da or da-DK'],
    ['gr', 'el or el-GR'],
    ['GR', 'el or el-GR'],
    ['CN', 'zh or zh-CN'],
    ['cn', 'zh or zh-CN'],
    ['1031', 'de-DE (Windows’ number 1031)'],
    ['1033', 'en-US (Windows’ number 1033)'],
    ['1036', 'fr-FR (Windows’ number 1036)'],
    ['1', 'zh (SAP’s key 1)'],
    ['jp', 'ja or ja-JP'],
    ['JP', 'ja or ja-JP'],
    ['3', 'ko (SAP’s key 3)'],
    ['6', 'hr (SAP’s key 6)'],
    ['4', 'ro (SAP’s key 4)'],
    ['ua', 'uk or uk-UA'],
    ['UA', 'uk or uk-UA'],
    ['8', 'uk (SAP’s key 8)'],
    ['9', 'et (SAP’s key 9)'],
    ['al', 'sq or sq-AL'],
    ['at', 'de or de-AT'],
    ['AT', 'de or de-AT'],
    ['us', 'en or en-US'],
    ['US', 'en or en-US'],
    ['gb', 'en or en-GB'],
    ['GB', 'en or en-GB'],
    ['Deusch', 'de'],
    ['Englsch', 'en'],
    ['0', 'sr (SAP’s key 0)'],
    ['2', 'th (SAP’s key 2)'],
    ['7', 'ms (SAP’s key 7)'],
  ])('for %s it asks whether %s was meant', (text, meant) => {
    expect(parseLanguage(text)).toMatchObject({ code: 'invalid_language', hint: `did you mean ${meant}?` });
  });

  test.each([
    'xx',
    'DE/EN',
    'DE, EN',
    'Deutsch/Englisch',
    'deutsch, englisch',
    'Muttersprache',
    'andere',
    'other',
    'Deutch',
    'C.UTF-8',
    'DEde',
    'dede',
  ])('%s is refused', (text) => {
    expect(parseLanguage(text)).toMatchObject({ code: 'invalid_language' });
    expect(parseLanguage(text)).not.toHaveProperty('hint');
  });
});
