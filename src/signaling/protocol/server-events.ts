/**
 * What the server says by itself over `visavis.v1`: `{ seq, type, data }`, seq rising by one per session.
 * Events are kept for the resume window and replayed after `resume`.
 */
import Type, { type Static } from 'typebox';
import { ErrorBody, Id, Layer, LeaveReason, ParticipantInfo, ProducerInfo } from './common.ts';

const event = <Data extends import('typebox').TObject>(summary: string, data: Data) => ({ summary, data });

export const serverEvents = {
  participantJoined: event('Somebody entered.', ParticipantInfo),
  participantLeft: event('Somebody left for good.', Type.Object({ participantId: Id, reason: LeaveReason })),
  participantUpdated: event("Somebody's connection broke or came back.", ParticipantInfo),
  producerAdded: event('Something new can be subscribed.', ProducerInfo),
  producerRemoved: event(
    'A producer ended; its subscriptions ended with it.',
    Type.Object({ producerId: Id, participantId: Id }),
  ),
  producerMuted: event(
    'A producer was muted or unmuted, and by whom.',
    Type.Object({ producerId: Id, muted: Type.Boolean(), by: Id }),
  ),
  activeSpeaker: event(
    'The dominant speaker changed; null: nobody speaks.',
    Type.Object({ participantId: Type.Union([Id, Type.Null()]), producerId: Type.Union([Id, Type.Null()]) }),
  ),
  quality: event(
    'What a subscription of mine shows changed, and why.',
    Type.Object({
      consumerId: Id,
      producerId: Id,
      from: Layer,
      to: Layer,
      reason: Type.Union([
        Type.Literal('start'),
        Type.Literal('wanted'),
        Type.Literal('publisher'),
        Type.Literal('bandwidth'),
        Type.Literal('loss'),
      ]),
    }),
  ),
  producerFlow: event(
    'Media of a producer stopped arriving at the server, or flows again.',
    Type.Object({ producerId: Id, flowing: Type.Boolean() }),
  ),
  mediaState: event(
    'My PeerConnection as the server sees it. On `failed` make an ICE restart; on `gone` make a new PeerConnection and negotiate with `fresh`.',
    Type.Object({
      state: Type.Union([
        Type.Literal('connecting'),
        Type.Literal('connected'),
        Type.Literal('disconnected'),
        Type.Literal('failed'),
        Type.Literal('gone'),
      ]),
      reason: Type.Optional(Type.String()),
    }),
  ),
  data: event(
    'A data message.',
    Type.Object({
      dataSeq: Type.Integer(),
      from: Id,
      topic: Type.String(),
      payload: Type.String(),
      to: Type.Optional(Id),
      sentAt: Type.String(),
    }),
  ),
  draining: event(
    'The server is about to restart: no new joins; come back after it closes.',
    Type.Object({ deadlineSeconds: Type.Number() }),
  ),
  bye: event(
    'This session ends now; the WebSocket closes with the code of the reason.',
    Type.Object({ reason: LeaveReason, error: Type.Optional(ErrorBody) }),
  ),
} as const;

export type ServerEventType = keyof typeof serverEvents;
export type ServerEventData<T extends ServerEventType> = Static<(typeof serverEvents)[T]['data']>;
export type ServerEvent = {
  [T in ServerEventType]: { readonly seq: number; readonly type: T; readonly data: ServerEventData<T> };
}[ServerEventType];
