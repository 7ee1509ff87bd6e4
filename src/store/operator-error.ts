/** Something on this machine that only its operator can set right: `message` names the cause, `cure` what to do. */
export class OperatorError extends Error {
  readonly cure: string;

  constructor(message: string, cure: string) {
    super(message);
    this.name = 'OperatorError';
    this.cure = cure;
  }
}
