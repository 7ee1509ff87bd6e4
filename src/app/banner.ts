import { version } from './installation.ts';
import { networkUrls } from './network-urls.ts';

export interface BannerOptions {
  readonly httpPort: number;
  readonly httpsPort: number;
  /** Empty: by the addresses of this machine. */
  readonly publicUrl: string;
  readonly authority?: { readonly file: string; readonly fingerprint: string } | undefined;
  /** Undefined: not shown, for output that is kept. */
  readonly inviteCode?: string | undefined;
  readonly inviteMinutes: number;
}

/** What the operator reads after the start: where to go, how to get in, how other devices come to trust it. */
export function banner(options: BannerOptions): string {
  const local = `http://localhost:${options.httpPort}`;
  const network = networkUrls(options.publicUrl, options.httpsPort);
  const lines = [
    `Visavis ${version} is running.`,
    '',
    `  On this machine    ${local}/`,
    ...network.map((url, index) => `  ${index === 0 ? 'On the network ' : '               '}    ${url}/`),
    '',
  ];
  if (options.inviteCode === undefined) {
    lines.push('  A link that lets a consultant in, once:  npx visavis invite --role consultant', '');
  } else {
    lines.push(
      `  Enter as consultant (one of these, once, within ${duration(options.inviteMinutes)}):`,
      `    ${local}/#invite=${options.inviteCode}`,
      ...network.slice(0, 1).map((url) => `    ${url}/#invite=${options.inviteCode}`),
      '',
    );
  }
  if (options.authority !== undefined) {
    lines.push(
      '  Other devices trust this server once they have its CA certificate (how: deploy/README.md):',
      `    ${network[0] ?? local}/ca.crt    on this machine ${options.authority.file}`,
      `    SHA-256 ${options.authority.fingerprint}`,
      '',
    );
  }
  return `\n${lines.join('\n')}\n`;
}

function duration(minutes: number): string {
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}
