/** What the component stream may cost: every bound of it, with its default. */
export interface StreamLimits {
  /** Bytes of one stanza that we send. Prosody closes the whole stream above 512 KiB, and users' servers are stricter. */
  readonly stanzaBytes: number;
  /** Stanzas and bytes that may wait for a server that reads slowly. */
  readonly outboxStanzas: number;
  readonly outboxBytes: number;
  /** Characters and depth of a stanza that we take; what is larger is dropped, the stream lives. */
  readonly incomingChars: number;
  /** The same of an answer to a question of ours, which the server itself puts together. */
  readonly answerChars: number;
  readonly incomingDepth: number;
  /** Characters without the end of a stanza at which the stream is given up. */
  readonly resetChars: number;
  /** Stanzas being handled at once; above it the socket is not read. */
  readonly inFlight: number;
  /** Questions of ours that wait for an answer. */
  readonly openIqs: number;
  readonly iqTimeoutMs: number;
  /** From the first packet to the server's `<handshake/>`. */
  readonly handshakeMs: number;
  /** Silence after which the server is asked whether it is there, and how long it may think. */
  readonly keepAliveMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  /** A session that lasted so long was a good one: the next pause is short again. */
  readonly stableMs: number;
  /** For the outbox to empty and the server to say goodbye. */
  readonly stopMs: number;
}

export const STREAM_LIMITS: StreamLimits = {
  stanzaBytes: 128 * 1024,
  outboxStanzas: 10_000,
  outboxBytes: 16 * 1024 * 1024,
  incomingChars: 1024 * 1024,
  answerChars: 1024 * 1024,
  incomingDepth: 100,
  resetChars: 16 * 1024 * 1024,
  inFlight: 1_000,
  openIqs: 10_000,
  iqTimeoutMs: 30_000,
  handshakeMs: 10_000,
  keepAliveMs: 10_000,
  keepAliveTimeoutMs: 20_000,
  backoffMinMs: 1_000,
  backoffMaxMs: 60_000,
  stableMs: 30_000,
  stopMs: 5_000,
};
