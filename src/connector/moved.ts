/**
 * XEP-0283: whether an old account says that its person is somebody else's account now. Only
 * what is read from the old account itself is believed, never what the new one says of it.
 */
import { bareJid, type Jid } from "../activitystreams/ids.ts";
import { isDxError } from "../errors/error.ts";
import { itemsRequest } from "../pep/event.ts";
import { NS_MOVED } from "../pep/namespaces.ts";
import { readItemsResult } from "../pep/read-event.ts";
import { childText } from "../xml/element.ts";
import type { ComponentStream } from "./stream.ts";

const TIMEOUT_MS = 15_000;

/** Throws what asking throws, but for a server that says that there is nothing. */
export async function hasMoved(
  from: Jid,
  to: Jid,
  stream: Pick<ComponentStream, "request" | "domain">,
): Promise<boolean> {
  try {
    // §3.1: the node holds this one item.
    const answer = await stream.request({
      type: "get",
      to: from,
      from: stream.domain,
      payload: itemsRequest(NS_MOVED, { ids: ["current"] }),
      timeoutMs: TIMEOUT_MS,
    });
    return readItemsResult(answer).some(({ id, payload }) => {
      if (id !== "current" || payload?.local !== "moved" || payload.ns !== NS_MOVED) return false;
      return bareJid(childText(payload, "new-jid") ?? "") === to;
    });
  } catch (error) {
    if (isDxError(error, "DX_IQ_ERROR")) return false;
    throw error;
  }
}
