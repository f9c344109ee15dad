/**
 * People and servers of XMPP that the operator has suspended. To them nobody is here (as with a
 * block, XEP-0191 §3): a question is refused, everything else is dropped.
 */
import type { Jid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import type { XmlElement } from "../xml/element.ts";
import type { Dropped } from "./dropped.ts";
import { errorReply, isIqReply, isIqRequest, parseSender } from "./stanza.ts";

export interface ShutOutOptions {
  readonly isSuspended: (jid: Jid) => boolean;
  readonly send: (stanza: XmlElement) => Promise<void>;
  readonly dropped: Dropped;
  /** Of everybody else. */
  readonly handle: (stanza: XmlElement) => Promise<void>;
}

export function createShutOut(options: ShutOutOptions): (stanza: XmlElement) => Promise<void> {
  return async (stanza) => {
    const from = parseSender(stanza.attrs["from"]);
    // An answer is to a question of ours, or to none.
    if (from === null || isIqReply(stanza) || !options.isSuspended(from.bare)) {
      await options.handle(stanza);
      return;
    }
    options.dropped("suspended");
    if (!isIqRequest(stanza)) return;
    const refusal = errorReply(stanza, new DxError("DX_SERVICE_UNAVAILABLE"));
    await options.send(refusal).catch(() => undefined);
  };
}
