/**
 * The collector of comments: the nodes that local authors' clients link to (XEP-0277) are
 * subscribed to, read after an outage, and looked at seldom where events come.
 */
import type { Jid } from "../activitystreams/ids.ts";
import { describeError } from "../errors/error.ts";
import { eventBytes, type PubsubEvent } from "../pep/read-event.ts";
import { takeComments } from "./collector-comment-items.ts";
import { isOpen, later } from "./collector-comment-look.ts";
import { createCommentLooks, type CommentLooksOptions } from "./collector-comment-looks.ts";
import { takeModeration } from "./collector-moderation.ts";
import { createKeyedQueue } from "./keyed-queue.ts";
import type { NodePlace } from "./ports.ts";

export interface Comments {
  onEvent(from: Jid, event: PubsubEvent): void;
  onOnline(): void;
  stop(): Promise<void>;
}

export type CommentsOptions = Omit<CommentLooksOptions, "queue">;

/** Events of one service that wait, and how much all of them may hold. */
const MAX_WAITING = 500;
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
const EVICTION_MS = 6_000;

export function createComments(options: CommentsOptions): Comments {
  const { ports, log } = options;
  const limits = { perKey: MAX_WAITING, bytes: MAX_WAITING_BYTES };
  const queue = createKeyedQueue<Jid>(limits, (service, error) => {
    log.info({ service, error: describeError(error) }, "a comments node was not taken");
  });
  const looks = createCommentLooks({ ...options, queue: queue.add });

  function take(place: NodePlace, event: PubsubEvent): boolean {
    const work = async (): Promise<void> => {
      try {
        await takeEvent(place, event, options);
      } catch (error) {
        looks.owe(place);
        throw error;
      }
    };
    return queue.add(place.service, work, eventBytes(event));
  }

  return {
    onEvent(from, event) {
      const place = { service: from, node: event.node };
      if (take(place, event)) return;
      options.dropped("too-many");
      looks.owe(place);
    },
    onOnline() {
      ports.allCommentNodesDue().catch((error: unknown) => {
        looks.oweAll();
        log.warn({ error: describeError(error) }, "comments nodes are read later");
      });
    },
    async stop() {
      looks.stop();
      await queue.idle();
    },
  };
}

async function takeEvent(
  place: NodePlace,
  event: PubsubEvent,
  options: CommentsOptions,
): Promise<void> {
  const { ports } = options;
  const node = await ports.commentNode(place);
  if (node === null) {
    options.dropped("stranger");
    return;
  }
  if (event.type !== "items") {
    // Emptied or deleted: the post's own retraction says what its author means.
    const isOurRequest = event.type === "subscription" && event.state !== "none";
    if (!isOurRequest) await ports.commentNodeDue(place, true);
    return;
  }
  // The component sees more than a stranger: what is for contacts only stays where it is.
  const newest = event.items.at(-1);
  if (newest !== undefined && (await isOpen(node, newest.id, options))) {
    await takeComments(node, event.items, options);
  }
  if (event.retracted.length > 0) {
    await ports.doubtComments(place, event.retracted, later(options, EVICTION_MS));
    await takeModeration(node, event.retracted, options);
  }
  const isIncomplete = event.items.some((item) => item.payload === undefined);
  if (isIncomplete) await ports.commentNodeDue(place, false);
  else if (!node.delivers) await ports.commentNodeDelivered(place);
}
