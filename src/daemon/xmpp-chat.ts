/** Commands and chats, put together: the same definitions behind both doors. */
import type { Jid } from "../activitystreams/ids.ts";
import { virtualJid } from "../activitystreams/virtual-jid.ts";
import { POSTS_NODE } from "../bridge/nodes.ts";
import { createCommands, type Commands } from "../commands/all.ts";
import type { RegistrationPorts } from "../commands/register.ts";
import { createAdhoc, type Adhoc } from "../connector/adhoc.ts";
import { createBounces } from "../connector/chat-bounce.ts";
import { createCommandChat } from "../connector/chat-commands.ts";
import { chatHandlers } from "../connector/chat-handlers.ts";
import { createChatMemory } from "../connector/chat-memory.ts";
import { createNotices } from "../connector/chat-notices.ts";
import { createChatPace } from "../connector/chat-pace.ts";
import { createPersonChat } from "../connector/chat-person.ts";
import { createFeedReader } from "../connector/feed-reader.ts";
import type { Handler } from "../connector/handler.ts";
import type { Privilege } from "../connector/privilege.ts";
import { DxError } from "../errors/error.ts";
import { guarded } from "../store/database.ts";
import { dropReader } from "../store/subscriptions.ts";
import { createChatPorts } from "./chat-ports.ts";
import { createCommandPorts } from "./command-ports.ts";
import { createModeration } from "./moderation.ts";
import { createOwnPosts } from "./own-post.ts";
import { registrationPolicy } from "./rules.ts";
import type { XmppParts } from "./xmpp-parts.ts";

export interface Doors {
  readonly commands: Commands;
  readonly adhoc: Adhoc;
  /** To be added behind those of pubsub events. */
  readonly handlers: readonly Handler[];
  /** The stream is back: see ChatMemory. */
  forget(): void;
}

export function createDoors(
  parts: XmppParts,
  has: {
    readonly registration: RegistrationPorts;
    readonly privilege: Privilege;
    readonly confirmPurge: (jid: Jid) => Promise<number>;
  },
): Doors {
  const { config, domain, rules, send, stream } = parts;
  const reader = createFeedReader(stream);
  const ports = createCommandPorts({
    ...parts,
    view: async (jid) => ({
      stranger: (await reader.readAsStranger(jid, POSTS_NODE)).state === "read",
      shows: (id) => reader.isShownTo(jid, POSTS_NODE, null, virtualJid(id, domain)),
    }),
    registration: has.registration,
    confirmPurge: has.confirmPurge,
    own: createOwnPosts({
      privilege: has.privilege,
      reader,
      rules,
      maxBytes: config.xmpp.limits.maxStanzaBytes,
      now: () => new Date(),
    }),
  });
  const commands = createCommands(ports, registrationPolicy(config), {
    ports: createModeration({ config, db: parts.storage.db }, async () => {
      await parts.storage.standings.refresh();
      parts.wakeInbox();
    }),
    quarantine: config.moderation.quarantine !== "off",
  });
  const chats = createChatPorts(parts);
  const memory = createChatMemory(chats);
  const pace = createChatPace();
  const notice = createNotices({ domain, ports: chats, send });
  const handlers = chatHandlers(
    {
      domain,
      ports: chats,
      pace,
      send,
      person: createPersonChat({ ports: chats, memory, notice }),
      command: createCommandChat({ commands: commands.all, memory }),
      bounces: bouncesOf(parts),
    },
    notice,
  );
  const adhoc = createAdhoc({
    domain,
    commands: commands.all,
    it: memory.it,
    pace: (jid) => {
      if (pace.take(jid) !== "ok") throw new DxError("DX_TOO_FAST");
    },
  });
  return { commands, adhoc, handlers, forget: memory.forget };
}

/** Whose messages come back gets no more of them. */
function bouncesOf({ rules, storage, log }: XmppParts): ReturnType<typeof createBounces> {
  return createBounces({
    async blocked(jid, person) {
      if (person === null) return;
      await rules.unfollowWholly(jid, person).catch((error: unknown) => {
        log.debug({ jid, person, error: String(error) }, "there was nothing to end");
      });
    },
    async gone(jid) {
      log.info({ jid }, "nobody is there any more: nothing is delivered");
      await guarded(() => dropReader(storage.db, jid));
    },
  });
}
