/** Subscribing to a stream, as its node offers it. */
import { DxError, isDxError } from "../../errors/error.ts";
import type { PubsubNode } from "../pubsub/node.ts";
import type { Readable } from "../ports.ts";
import type { Visit } from "./context.ts";

type Subscribable = Required<
  Pick<PubsubNode, "subscribe" | "unsubscribe" | "isSubscribed" | "subscribers">
>;

export function subscribable({ context: { ports }, asker }: Visit, at: Readable): Subscribable {
  return {
    subscribe: () => ports.subscribe(asker, at),
    unsubscribe: async () => {
      try {
        await ports.unsubscribe(asker, at);
      } catch (error) {
        // XEP-0060 §6.2.3.2.
        if (isDxError(error, "DX_ITEM_NOT_FOUND")) throw new DxError("DX_PUBSUB_NOT_SUBSCRIBED");
        throw error;
      }
    },
    isSubscribed: () => ports.isSubscribed(asker, at),
    subscribers: () => ports.subscribers(at),
  };
}
