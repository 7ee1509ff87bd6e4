/**
 * Whether an If-Match header is met by the entity tag `etag`; undefined if there is no header. Compares strongly, so
 * that a weak tag never matches. `"*"` counts as `*`, because the examples of RFC 9725 write it with quotes.
 * @see RFC 9110 §13.1.1, §8.8.3.2
 */
export function meetsIfMatch(header: string | undefined, etag: string): boolean | undefined {
  if (header === undefined || header.trim() === '') return undefined;
  const value = header.trim();
  if (value === '*' || value === '"*"') return true;
  return value.match(/(?:W\/)?"[^"]*"/g)?.some((tag) => tag === etag) ?? false;
}
