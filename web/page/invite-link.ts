/** One-time codes in links: in the fragment, which browsers send to nobody. */

const CODE = /^[A-Za-z0-9_-]{6,256}$/;

/** @returns the code in a fragment such as `#invite=AbC…`, undefined when there is none. */
export function codeOfFragment(fragment: string): string | undefined {
  const code = new URLSearchParams(fragment.replace(/^#/, '')).get('invite') ?? '';
  return CODE.test(code) ? code : undefined;
}

/** @returns the code in what a person pasted: a link, a message around a link, or the code alone. */
export function codeOfPasted(text: string): string | undefined {
  const [, found] = /[#&]invite=([A-Za-z0-9_-]+)/.exec(text) ?? [];
  const code = found ?? text.trim();
  return CODE.test(code) ? code : undefined;
}

/** Whether a link to this host leads nowhere from another device. */
export function onlyThisMachine(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}

/** @param pageUrl where this page is, as in `location.href`. */
export function inviteLink(pageUrl: string, code: string): string {
  const url = new URL(pageUrl);
  url.search = '';
  url.hash = `invite=${code}`;
  return url.href;
}
