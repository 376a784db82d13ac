import { domainToASCII, domainToUnicode } from 'node:url';
import { isAscii } from './ascii.ts';

/**
 * The key by which two emails are compared: lower case, with the domain in its ASCII form, so that
 * `info@müller.de` and `info@xn--mller-kva.de` are the same address. Emails are stored as given, not as this
 * key.
 */
export function emailKey(email: string): string {
  const lower = email.trim().normalize('NFC').toLowerCase();
  // Nearly all.
  if (isAscii(lower)) return lower;
  return withDomain(lower, domainToASCII);
}

/**
 * Each form in which the same address may be stored, in lower case: as given, and with its domain in the
 * other form.
 */
export function emailForms(email: string): string[] {
  const lower = email.trim().normalize('NFC').toLowerCase();
  const key = emailKey(lower);
  return [...new Set([lower, key, key.includes('xn--') ? withDomain(key, domainToUnicode) : key])];
}

/** Whether an email may have another form. Nearly all addresses have one form only. */
export function mayHaveOtherForm(email: string): boolean {
  return email.includes('xn--') || !isAscii(email);
}

/** The same for a domain, or a text that may be a domain. */
export function domainForms(domain: string): string[] {
  return emailForms(`@${domain}`).map((form) => form.slice(1));
}

export function isSameEmail(one: string, other: string): boolean {
  return one === other || emailKey(one) === emailKey(other);
}

/** Both of Node's functions return '' for what is not a domain. */
function withDomain(email: string, convert: (domain: string) => string): string {
  const at = email.lastIndexOf('@') + 1;
  return email.slice(0, at) + (convert(email.slice(at)) || email.slice(at));
}

/**
 * The email in `Anna <a@b.de>`, `[mailto:a@b.de]` or `mailto:a@b.de?subject=x`; otherwise the text unchanged.
 */
export function pastedEmail(text: string): string {
  const inside =
    /<\s*(?:mailto:)?([^<>\s@]+@[^<>\s@?]+)[^<>]*>/i.exec(text) ??
    /(?:^|[\s([<"'])(?:mailto|e-?mail):\s*([^\s@()[\]<>"',;]+@[^\s@()[\]<>"',;?]+)/i.exec(text);
  return (inside?.[1] ?? text).trim();
}
