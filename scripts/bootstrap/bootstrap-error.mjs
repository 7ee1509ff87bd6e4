/** A set-up step that cannot go on: `message` names the cause, `cure` what a person does about it. */
export class BootstrapError extends Error {
  constructor(message, cure) {
    super(message);
    this.name = 'BootstrapError';
    this.cure = cure;
  }
}
