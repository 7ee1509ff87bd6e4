/** A command that cannot be done; becomes a `commandFailed` event. `code`: see docs/errors.md. */
export class CommandError extends Error {
  readonly id: string;
  readonly code: string;

  constructor(id: string, code: string, message: string) {
    super(message);
    this.id = id;
    this.code = code;
  }
}

export function taken(id: string): CommandError {
  return new CommandError(id, 'id_taken', `${id} is in use`);
}

export function unknown(id: string, code: string): never {
  throw new CommandError(id, code, `there is no ${id}`);
}
