import { type FastifyReply, type FastifyRequest, LogController } from 'fastify';

/** Logs requests that failed, and no others: every page is dozens of them. */
export class FailuresOnly extends LogController {
  override incomingRequest(): void {}

  override routeNotFound(): void {}

  override requestCompleted(
    error: Error | null | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
    metadata?: Record<string, unknown>,
  ): void {
    if (error) super.requestCompleted(error, request, reply, metadata);
  }
}
