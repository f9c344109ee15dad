/**
 * The component stream (XEP-0114): one login per component domain, kept up for ever.
 * It promises little and keeps it: a stanza is written or refused, an IQ is answered or
 * fails, a barrier passes only when the server has taken what was sent before it.
 */
import type { Jid } from "../activitystreams/ids.ts";
import { DxError, describeError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import type { XmlElement } from "../xml/element.ts";
import type { Dropped } from "./dropped.ts";
import { errorReply, isIqReply, isIqRequest } from "./stanza.ts";
import { createAsking, type Asking, type IqQuestion, type StreamWaiting } from "./stream-asking.ts";
import { createIntake } from "./stream-intake.ts";
import { createKeepAlive } from "./stream-keepalive.ts";
import { createKeeper } from "./stream-keeper.ts";
import { STREAM_LIMITS, type StreamLimits } from "./stream-limits.ts";

export interface ComponentStreamOptions {
  readonly domain: string;
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  /** A domain of the server's own accounts: barriers and keep-alives are addressed to it. */
  readonly servedDomain: string;
  readonly limits?: Partial<StreamLimits>;
  readonly log: Log;
  readonly dropped?: Dropped;
  /** [0, 1); Math.random when absent. */
  readonly random?: () => number;
  /** Every stanza but the answers to our own IQs. While its promises are many, nothing more is read. */
  onStanza(stanza: XmlElement): void | Promise<void>;
  onOnline(): void;
  onOffline(): void;
  /** It will not try again: somebody has to change something. */
  onFatal(error: DxError): void;
}

export interface ComponentStream {
  readonly domain: string;
  readonly online: boolean;
  /** Counts logins; see `confirm`. */
  readonly epoch: number;
  waiting(): StreamWaiting;
  /** Resolves after the first attempt, whatever came of it; it goes on trying. */
  start(): Promise<void>;
  /** Writes what waits, says goodbye, ends. */
  stop(): Promise<void>;
  /** Resolves once written. Throws DX_STREAM_DOWN, DX_OUTBOX_FULL, DX_STANZA_TOO_BIG, DX_STANZA_ADDRESS. */
  send(stanza: XmlElement): Promise<void>;
  /**
   * The same to many, encoded once; without a `to` of its own. Resolves with the bytes written.
   * Throws what `send` throws.
   */
  sendToAll(stanza: XmlElement, to: readonly Jid[]): Promise<number>;
  /**
   * The result IQ. Throws DX_IQ_ERROR (evidence: type, condition, application),
   * DX_IQ_TIMEOUT, DX_IQS_FULL, DX_STREAM_DOWN, and what `send` throws; DX_STANZA_TOO_BIG
   * also for an answer above the limit.
   */
  request(question: IqQuestion): Promise<XmlElement>;
  /**
   * Resolves when the server has taken everything sent before, on this connection. With the
   * epoch in which the sending began, it rejects when that connection is gone.
   */
  confirm(epoch?: number): Promise<void>;
}

export function createComponentStream(options: ComponentStreamOptions): ComponentStream {
  const { domain, log } = options;
  const limits: StreamLimits = { ...STREAM_LIMITS, ...options.limits };
  const asking = createAsking(options, limits);
  const intake = createIntake(limits, {
    handle: options.onStanza,
    pause: () => keeper.session?.pause(),
    resume: () => keeper.session?.resume(),
    log,
  });
  const keepAlive = createKeepAlive(limits, {
    paused: () => intake.paused,
    probe: asking.probe,
    dead: (error) => keeper.session?.destroy(error),
  });
  const keeper = createKeeper({
    ...options,
    limits,
    random: options.random ?? Math.random,
    onStanza: (stanza) => {
      keepAlive.heard();
      if (!isIqReply(stanza)) intake.take(stanza);
      else if (!asking.settle(stanza)) ignoreAnswer(options);
    },
    onDropped: (head) => {
      keepAlive.heard();
      options.dropped?.("too-big");
      refuseDropped(head, asking, log);
    },
    onOnline: (session) => {
      asking.attach(session.write);
      keepAlive.start();
      options.onOnline();
    },
    onOffline: () => {
      keepAlive.stop();
      intake.reset();
      asking.detach();
      options.onOffline();
    },
  });

  return {
    domain,
    get online() {
      return asking.online;
    },
    get epoch() {
      return asking.epoch;
    },
    waiting: asking.waiting,
    start: keeper.start,
    stop: () => keeper.stop(asking.idle),
    send: asking.send,
    sendToAll: asking.sendToAll,
    request: asking.request,
    confirm: asking.confirm,
  };
}

/** Who was not asked, or too late, is nobody's answer. */
function ignoreAnswer({ domain, dropped, log }: ComponentStreamOptions): void {
  log.debug({ domain }, "an IQ reply that nobody waits for");
  dropped?.("unasked");
}

/** A stanza above the limits, of which only the head is left. */
function refuseDropped(head: XmlElement, asking: Asking, log: Log): void {
  log.warn({ kind: head.local }, "dropped a stanza above the limit");
  if (isIqReply(head)) asking.refuse(head);
  if (!isIqRequest(head)) return;
  // RFC 6120 §8.2.3: an IQ get or set is answered, also one that we did not read.
  const reply = errorReply(head, new DxError("DX_STANZA_TOO_BIG"));
  asking.send(reply).catch((error: unknown) => {
    log.debug({ error: describeError(error) }, "a refusal could not be sent");
  });
}
