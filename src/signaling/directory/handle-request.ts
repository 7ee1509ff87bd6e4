import { VisavisError } from '../../base/errors.ts';
import { minReportSeconds } from '../protocol/quality-report.ts';
import type { RequestResult, RequestType } from '../protocol/requests.ts';
import type { Request } from '../protocol/validate.ts';
import type { Participant } from '../room/participant.ts';
import type { Directory, Seat } from './directory.ts';

/** Requests of somebody who is in a room and whose answer is there at once. */
export type RoomRequest = Exclude<Request, { readonly type: 'join' | 'resume' | 'invite' }>;

/** The answer, and what is to be done only after it was sent, because it ends the session. */
export interface Handled<T extends RequestType = RequestType> {
  readonly data: RequestResult<T>;
  readonly afterAnswer?: () => void;
}

/** Does what a participant asks. Throws VisavisError and changes nothing if refused. */
export function handleRequest(
  directory: Directory,
  { room, participant }: Seat,
  request: RoomRequest,
  nowUs: number,
): Handled {
  const { grants } = participant.identity;
  switch (request.type) {
    case 'negotiate':
      return { data: room.negotiate(participant, request.data) };
    case 'unpublish':
      room.unpublish(participant, request.data.producerId);
      return { data: {} };
    case 'unsubscribe':
      if (!participant.media.closeConsumer(request.data.consumerId)) throw unknownConsumer();
      return { data: {} };
    case 'setSubscription':
      if (!participant.media.setSubscription(request.data)) throw unknownConsumer();
      return { data: {} };
    case 'mute':
      room.mute(participant, request.data);
      return { data: {} };
    case 'sendData':
      if (!grants.data) throw new VisavisError('data_denied', 'sending data messages is not granted');
      return { data: { dataSeq: room.sendData(participant, request.data, nowUs) } };
    case 'reportQuality':
      if (participant.reports.add(request.data, participant.media, nowUs)) return { data: {} };
      throw new VisavisError('rate_limited', `at most one report in ${minReportSeconds} s`);
    case 'kick': {
      requireModerate(participant);
      const other = room.participant(request.data.participantId);
      return {
        data: {},
        afterAnswer: () => directory.leave({ room, participant: other }, 'kicked'),
      };
    }
    case 'closeRoom':
      requireModerate(participant);
      return { data: {}, afterAnswer: () => void directory.closeRoom(room.name, nowUs) };
    case 'leave':
      return { data: {}, afterAnswer: () => directory.leave({ room, participant }, 'left') };
    case 'ping':
      return { data: { serverTime: directory.wallClockAt(nowUs) } };
  }
}

/** Throws unless `participant` may moderate. */
export function requireModerate(participant: Participant): void {
  if (!participant.identity.grants.moderate) {
    throw new VisavisError('moderate_denied', 'this needs the moderate grant');
  }
}

function unknownConsumer(): VisavisError {
  return new VisavisError('consumer_unknown', 'no subscription of mine has this id (any more)');
}
