/** A mail of plain text. */
export interface Mail {
  /** One address. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** Left of the @ of its Message-ID: the same mail sent twice is seen to be one. */
  readonly id: string;
}

export interface Mailer {
  /**
   * Resolves once the server has taken the mail; rejects with `MAIL_NOT_SENT`, or with
   * `MAIL_OUTCOME_UNKNOWN` where the server had the whole of it and did not confirm it.
   */
  send(mail: Mail, signal?: AbortSignal): Promise<void>;
}
