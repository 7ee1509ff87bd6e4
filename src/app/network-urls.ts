import { hostName, lanAddresses, urlHost } from './local-addresses.ts';

/**
 * Where other devices reach the page, best first, without a slash at the end: the public URL if there is one, else
 * this machine's addresses as they are now, and its name.
 */
export function networkUrls(publicUrl: string, httpsPort: number): readonly string[] {
  if (publicUrl !== '') return [publicUrl.replace(/\/+$/, '')];
  return [...lanAddresses(), hostName()].map((host) => `https://${urlHost(host)}:${httpsPort}`);
}
