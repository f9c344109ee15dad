/**
 * When which comments node is looked at. A service that gives no answer is left alone for a while,
 * with all of its nodes; one that is being looked at gets no more until that is done.
 */
import type { Jid } from "../activitystreams/ids.ts";
import { describeError } from "../errors/error.ts";
import { checkNode, settle, type CommentLookOptions } from "./collector-comment-look.ts";
import type { CommentPorts } from "./collector-ports.ts";
import { createOwed } from "./owed.ts";
import type { NodePlace } from "./ports.ts";
import { createSilence, type Silence } from "./silence.ts";

export interface CommentLooksOptions extends CommentLookOptions {
  readonly isOnline: () => boolean;
  readonly everyMs?: number;
  /** Puts a look behind what this service's events bring; false when too much waits. */
  readonly queue: (service: Jid, work: () => Promise<void>) => boolean;
}

export interface CommentLooks {
  /** It may hold what no event has brought. */
  owe(place: NodePlace): void;
  oweAll(): void;
  stop(): void;
}

const EVERY_MS = 1_000;
const AT_ONCE = 4;
const MOST_SERVICES = 16;

export function createCommentLooks(options: CommentLooksOptions): CommentLooks {
  const { ports, log } = options;
  const silence = createSilence(options.now);
  const owed = createOwed<string, NodePlace>({
    payOne: (_, place) => ports.commentNodeDue(place, false),
    payAll: ports.allCommentNodesDue,
  });
  /** How many looks at each service are under way, or wait. */
  const busy = new Map<Jid, number>();
  let looking = false;
  const timer = setInterval(() => {
    if (options.isOnline() && !looking) void look();
  }, options.everyMs ?? EVERY_MS);

  async function look(): Promise<void> {
    looking = true;
    try {
      await owed.pay();
      const services = [...busy.keys()];
      const free = Math.min(AT_ONCE, MOST_SERVICES - services.length);
      if (free > 0) await claim(free, services);
    } catch (error) {
      log.warn({ error: describeError(error) }, "no comments node could be looked at");
    }
    looking = false;
  }

  async function claim(free: number, services: readonly Jid[]): Promise<void> {
    for (const node of await ports.claimDueCommentNodes(free, services)) {
      enqueue(node.service, () => checkNode(node, options));
    }
    for (const doubt of await ports.claimCommentDoubts(free, services)) {
      enqueue(doubt.service, () => settle(doubt, options));
    }
  }

  function enqueue(service: Jid, work: () => Promise<void>): void {
    const isQueued = options.queue(service, async () => {
      try {
        await ask(service, work, silence, ports);
      } finally {
        const left = (busy.get(service) ?? 1) - 1;
        if (left === 0) busy.delete(service);
        else busy.set(service, left);
      }
    });
    if (isQueued) busy.set(service, (busy.get(service) ?? 0) + 1);
  }

  return {
    owe: (place) => {
      owed.add(`${place.service} ${place.node}`, place);
    },
    oweAll: owed.addAll,
    stop: () => {
      clearInterval(timer);
    },
  };
}

async function ask(
  service: Jid,
  work: () => Promise<void>,
  silence: Silence,
  ports: Pick<CommentPorts, "putOffComments">,
): Promise<void> {
  if (silence.until(service) !== null) return;
  try {
    await silence.heed(service, work);
  } finally {
    const until = silence.until(service);
    if (until !== null) await ports.putOffComments(service, until);
  }
}
