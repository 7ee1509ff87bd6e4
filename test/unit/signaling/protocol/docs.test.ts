import { readFileSync } from 'node:fs';
import t from 'tap';
import { Compile } from 'typebox/compile';
import { stalePages } from '../../../../scripts/generate-docs.ts';
import { errorCodes } from '../../../../src/base/error-codes.ts';
import { closeCodeOfReason, closeCodes } from '../../../../src/signaling/protocol/close-codes.ts';
import { ErrorFrame } from '../../../../src/signaling/protocol/envelope.ts';
import { type RequestType, requests } from '../../../../src/signaling/protocol/requests.ts';
import { type ServerEventType, serverEvents } from '../../../../src/signaling/protocol/server-events.ts';
import { parseRequest } from '../../../../src/signaling/protocol/validate.ts';
import { codeOfFragment } from '../../../../web/page/invite-link.ts';

t.test('the generated pages are as the schemas would write them', async (t) => {
  t.strictSame(stalePages(), [], 'run node scripts/generate-docs.ts');
});

t.test('the frames of the worked session match their schemas', async (t) => {
  const page = readFileSync(new URL('../../../../docs/protocol.md', import.meta.url), 'utf8');
  const asked = new Map<unknown, RequestType>();
  let lastSeq = 0;
  let frames = 0;
  for (const [, direction, text] of page.matchAll(/^([→←]) (\{.*\})$/gmu)) {
    frames += 1;
    if (direction === '→') {
      const parsed = parseRequest(text!);
      t.ok(parsed.ok, parsed.ok ? parsed.request.type : `${text}: ${parsed.error.message}`);
      if (parsed.ok) asked.set(parsed.request.id, parsed.request.type);
      continue;
    }
    const frame = JSON.parse(text!);
    if (frame.ok === false) {
      t.ok(Compile(ErrorFrame).Check(frame) && frame.error.code in errorCodes, frame.error.code);
      const { retryable, tell } = errorCodes[frame.error.code as keyof typeof errorCodes];
      t.match(frame.error, { retryable, tell });
    } else if (frame.ok === true) {
      const type = asked.get(frame.id)!;
      const validator = Compile(requests[type].result);
      t.ok(
        validator.Check(frame.data),
        `answer to ${type} ${JSON.stringify(validator.Errors(frame.data)[0])}`,
      );
    } else {
      t.ok(Compile(serverEvents[frame.type as ServerEventType].data).Check(frame.data), frame.type);
      t.equal(frame.seq, lastSeq + 1, 'events are numbered without a gap');
      lastSeq = frame.seq;
    }
  }
  t.ok(frames > 30, `${frames} frames`);
});

t.test('the invite link of the worked session is one that the page reads', async (t) => {
  const page = readFileSync(new URL('../../../../docs/protocol.md', import.meta.url), 'utf8');
  const [, fragment] = /The page shows the code as `https:\/\/[^`]*(#[^`]*)`/.exec(page) ?? [];
  t.equal(codeOfFragment(fragment?.replace('<code>', 'Zb1tq5XnJ0m3') ?? ''), 'Zb1tq5XnJ0m3', `${fragment}`);
});

t.test('every close code of the code is on the page, once', async (t) => {
  const codes = closeCodes.map(({ code }) => code);
  t.equal(new Set(codes).size, codes.length);
  for (const code of Object.values(closeCodeOfReason)) t.ok(codes.includes(code), String(code));
  for (const info of Object.values(errorCodes)) {
    if ('closeCode' in info) t.ok(codes.includes(info.closeCode), String(info.closeCode));
  }
});
