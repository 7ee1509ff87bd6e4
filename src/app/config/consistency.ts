import type { Config } from './schema.ts';

/** What is wrong between settings that are each right by themselves. */
export function inconsistencies(config: Config): string[] {
  const problems: string[] = [];
  const { server, tls, media, rooms } = config;
  if ((tls.certificate === '') !== (tls.key === '')) {
    problems.push('tls.certificate and tls.key belong together: give both or neither');
  }
  if (server.httpsPort !== 0 && server.httpsPort === server.httpPort) {
    problems.push(`server.httpsPort and server.httpPort are both ${server.httpPort}, but must differ`);
  }
  if (server.listen.length === 0) problems.push('server.listen is empty, but must name at least one address');
  if (media.listen.length === 0) problems.push('media.listen is empty, but must name at least one address');
  if (media.failedSeconds <= media.disconnectedSeconds) {
    problems.push(
      `media.failedSeconds is ${media.failedSeconds}, but must be more than media.disconnectedSeconds (${media.disconnectedSeconds})`,
    );
  }
  if (!rooms.codecs.includes('opus')) problems.push('rooms.codecs lacks opus: nobody could be heard');
  return problems;
}
