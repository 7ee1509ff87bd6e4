import t from 'tap';
import { Database } from '../../../src/store/database.ts';
import { RevocationStore } from '../../../src/store/revocation-store.ts';

t.test('a revoked token stays so until it would have ended, and is then forgotten', async (t) => {
  const database = new Database(':memory:');
  t.teardown(() => database.close());
  const revocations = new RevocationStore(database);
  t.equal(revocations.isRevoked('a'), false);
  revocations.revoke('a', 2000, 1000);
  revocations.revoke('a', 1500, 1000);
  t.equal(revocations.isRevoked('a'), true);
  revocations.revoke('b', 9000, 1999);
  t.equal(revocations.isRevoked('a'), true, 'the later end counts');
  revocations.revoke('c', 9000, 2000);
  t.same(
    ['a', 'b', 'c'].map((id) => revocations.isRevoked(id)),
    [false, true, true],
  );
});
