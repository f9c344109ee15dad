/**
 * One connection of the component stream, from the first packet to the last (XEP-0114 §3):
 * a fresh xmpp.js entity each time, so that a late event of a dead connection can never
 * touch the living one. COMPAT(@xmpp/component 0.13): each mend stands where it is made.
 */
import type { Socket } from "node:net";
import { component, type Component, type LtxElement } from "@xmpp/component";
import { DxError } from "../errors/error.ts";
import type { XmlElement } from "../xml/element.ts";
import { fromLtx } from "./from-ltx.ts";
import type { StreamLimits } from "./stream-limits.ts";
import { boundedParser } from "./stream-parser.ts";

export interface SessionOptions {
  readonly domain: string;
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  readonly limits: StreamLimits;
  /** Once, when the server has taken the handshake. */
  onOnline(): void;
  onStanza(stanza: XmlElement): void;
  /** A stanza above the limits: only its head is there. */
  onDropped(head: XmlElement): void;
  /** Exactly once, whatever happened. */
  onEnd(end: SessionEnd): void;
}

export interface SessionEnd {
  /** RFC 6120 §4.9.3, when the server said why. */
  readonly condition: string | null;
  readonly error: unknown;
}

export interface Session {
  /** Resolves when the kernel has taken the text: waiting for it is the back-pressure. */
  write(text: string | Buffer): Promise<void>;
  pause(): void;
  resume(): void;
  /** Says `</stream:stream>`, waits a little for the server's, then ends. */
  close(waitMs: number): Promise<void>;
  /** Ends at once. */
  destroy(error: unknown): void;
}

export function openSession(options: SessionOptions): Session {
  const entity = mendedEntity(options);
  let socket: Socket | null = null;
  let ended = false;
  let cause: SessionEnd = { condition: null, error: null };

  const end = (): void => {
    if (ended) return;
    ended = true;
    clearTimeout(handshake);
    // Wakes what waits inside xmpp.js, so that its timers do not outlive the connection.
    entity.emit("error", new Error("the connection has ended"));
    options.onEnd(cause);
  };
  const fail = (error: unknown): void => {
    if (ended) return;
    if (cause.error === null) cause = { condition: conditionOf(error), error };
    if (socket === null || socket.destroyed) end();
    else socket.destroy();
  };
  const handshake = setTimeout(() => {
    fail(new Error("the server did not finish the handshake in time"));
  }, options.limits.handshakeMs);

  listen(entity, options, {
    fail,
    end,
    clear: () => {
      clearTimeout(handshake);
    },
  });
  void run(entity, options).catch(fail);
  socket = entity.socket;

  return {
    write: (text) =>
      entity.write(text).catch((error: unknown) => {
        throw new DxError("DX_STREAM_DOWN", { cause: error });
      }),
    pause: () => socket?.pause(),
    resume: () => socket?.resume(),
    close: async (waitMs) => {
      entity.timeout = waitMs;
      await entity.stop().catch(() => undefined);
      fail(new Error("closed by us"));
    },
    destroy: fail,
  };
}

async function run(entity: Component, options: SessionOptions): Promise<void> {
  await entity.connect("");
  await entity.open({ domain: options.domain });
}

function mendedEntity(options: SessionOptions): Component {
  const entity = component({
    service: "",
    domain: options.domain,
    // It hashes the secret as Latin-1; XEP-0114 §3 means the bytes of UTF-8.
    password: Buffer.from(options.secret, "utf8").toString("latin1"),
  });
  // A fixed second, for ever: stream-backoff.ts decides instead.
  entity.reconnect.stop();
  // Its middleware matches IQ replies by id alone, answers what we have not seen yet, and
  // throws out of the socket on a `from` that it cannot parse.
  entity.removeAllListeners("element");
  // Its waits are shorter than a busy server's handshake; ours (the limit) comes first.
  entity.timeout = options.limits.handshakeMs * 2;
  entity.Parser = boundedParser(options.limits, (head) => {
    options.onDropped(fromLtx(head));
  });
  entity.socketParameters = () => ({ host: options.host, port: options.port });
  // The operator has named the server; it does not get to send the component elsewhere.
  entity._onSeeOtherHost = (error) => {
    entity.emit("error", error);
  };
  return entity;
}

interface Ends {
  fail(error: unknown): void;
  end(): void;
  clear(): void;
}

const MOST_EARLY = 100;

function listen(entity: Component, options: SessionOptions, ends: Ends): void {
  let online = false;
  // It throws where the parser is gone already (data behind the end of the stream), and
  // lets what its parser throws out of the socket's event.
  entity._onData = (data) => {
    try {
      entity.parser?.write(data);
    } catch (error) {
      ends.fail(error);
    }
  };
  entity.on("connect", () => {
    // It decodes each TCP chunk by itself, which breaks characters that lie across two.
    entity.socket?.setEncoding("utf8");
    // With Nagle's algorithm a stanza and its barrier take 44 ms, without 1 ms.
    entity.socket?.setNoDelay(true);
    entity.socket?.setKeepAlive(true, 30_000);
  });
  // What comes in one packet with the handshake is read before that is known to be done:
  // Prosody says there which privileges it gives.
  const early: LtxElement[] = [];
  entity.on("online", () => {
    if (online) return;
    online = true;
    ends.clear();
    options.onOnline();
    for (const element of early.splice(0)) options.onStanza(fromLtx(element));
  });
  entity.on("stanza", (element: LtxElement) => {
    if (online) options.onStanza(fromLtx(element));
    else if (early.length < MOST_EARLY) early.push(element);
  });
  entity.on("close", () => {
    ends.fail(new Error("the server closed the stream"));
  });
  entity.on("error", ends.fail);
  entity.on("disconnect", ends.end);
}

function conditionOf(error: unknown): string | null {
  if (!(error instanceof Error) || !("condition" in error)) return null;
  return typeof error.condition === "string" ? error.condition : null;
}
