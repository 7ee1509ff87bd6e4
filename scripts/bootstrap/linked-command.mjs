/** `npx visavis` in this clone: npm links the commands of packages, but not the clone's own. */
import { readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const target = join('..', '..', 'scripts', 'visavis.mjs');

/**
 * Puts the link there if it is not. Looked at on every start, since an `npm ci` by hand takes it away, and npx would
 * then look for a package of this name in the registry.
 */
export function linkCommand(root) {
  if (process.platform === 'win32') return;
  const link = join(root, 'node_modules', '.bin', 'visavis');
  try {
    if (readlinkSync(link) === target) return;
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EINVAL') throw error;
  }
  try {
    rmSync(link, { force: true });
    symlinkSync(target, link);
  } catch (error) {
    // The service's user may not write in the clone, and does not need to; another start may have been faster.
    if (!['EACCES', 'EROFS', 'EPERM', 'EEXIST'].includes(error.code)) throw error;
  }
}
