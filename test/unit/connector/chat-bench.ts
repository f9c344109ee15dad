/** The chat door as the daemon composes it, over ports that write down what they were asked. */
import type { DiasporaId, Guid, Jid } from "../../../src/activitystreams/ids.ts";
import { createBounces } from "../../../src/connector/chat-bounce.ts";
import { createCommandChat } from "../../../src/connector/chat-commands.ts";
import { chatHandlers } from "../../../src/connector/chat-handlers.ts";
import { createChatMemory } from "../../../src/connector/chat-memory.ts";
import { createNotices } from "../../../src/connector/chat-notices.ts";
import { createChatPace } from "../../../src/connector/chat-pace.ts";
import { createPersonChat } from "../../../src/connector/chat-person.ts";
import type { ChatPorts, Shown } from "../../../src/connector/chat-ports.ts";
import { createRouter } from "../../../src/connector/router.ts";
import { silentLog } from "../../../src/log/log.ts";
import { childText, type XmlElement } from "../../../src/xml/element.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { diasporaId, guidNumber } from "../../support/fixtures.ts";
import { commandBench } from "../commands/support.ts";
import { DOMAIN } from "./support.ts";

export const POST = guidNumber(1);
export const POLL = guidNumber(2);
export const COMMENT = guidNumber(3);
export const MESSAGE = guidNumber(4);
export const BOB = `bob\\40pod.example@${DOMAIN}`;

export const CONVERSATION = guidNumber(5);
const LETTER = { conversation: CONVERSATION, person: diasporaId("bob@pod.example") };

export interface ChatBench {
  /** What was done, in order. */
  readonly calls: string[];
  readonly sent: XmlElement[];
  readonly facts: {
    now: number;
    /** By the id of a message. */
    said: Record<string, Guid>;
    kinds: Record<string, "post" | "comment" | "message">;
    shown: Shown[];
    /** Private messages with Bob. */
    letters: string[];
    fails: Error | null;
  };
  /** A message as it comes over the stream, from alice@example.org/phone unless it says else. */
  hear(xml: string): Promise<void>;
  /** The words that were answered, and by whom. */
  answers(): string[];
}

export function chatBench(): ChatBench {
  const commands = commandBench();
  const { calls } = commands;
  const sent: XmlElement[] = [];
  const notices = new Set<string>();
  const facts: ChatBench["facts"] = {
    now: 1_000_000_000_000,
    said: {},
    kinds: { [POST]: "post", [POLL]: "post", [COMMENT]: "comment", [MESSAGE]: "message" },
    shown: [
      shown(COMMENT, "Eve: What a fine morning it is"),
      shown(POST, "Good morning, *everybody*.\n\nhttps://pod.example/posts/1"),
      { ...shown(POLL, "Tea or coffee?\n1. Tea\n2. Coffee"), isPoll: true },
    ],
    letters: ["Do you know what my mother said?"],
    fails: null,
  };
  const call = <T>(result: T, name: string, told: object): Promise<T> => {
    calls.push(`${name} ${JSON.stringify(told)}`);
    return facts.fails === null ? Promise.resolve(result) : Promise.reject(facts.fails);
  };
  const act = (name: string) => (told: object) => call(guidNumber(50), name, withoutKey(told));
  const silent = (name: string) => (told: object) => call(undefined, name, told);
  const ports: ChatPorts = {
    isRegistered: (jid) => Promise.resolve(commands.registered.has(jid)),
    acts: {
      comment: act("comment"),
      like: act("like"),
      unlike: silent("unlike"),
      vote: act("vote"),
      edit: silent("edit"),
      retract: silent("retract"),
      send: act("send"),
    },
    saidAs: (_, id) => Promise.resolve(facts.said[id] ?? null),
    kindOf: (_, guid) => Promise.resolve(facts.kinds[guid] ?? null),
    recent: () => Promise.resolve(facts.shown),
    recentBelow: () => Promise.resolve(facts.shown.filter(({ guid }) => guid === COMMENT)),
    letterOf: (_, guid) => Promise.resolve(guid === MESSAGE ? LETTER : null),
    letters: () => Promise.resolve(facts.letters.map((text) => ({ ...LETTER, text }))),
    letterIn: (_, thread) => Promise.resolve(thread === CONVERSATION ? LETTER : null),
    claimNotice: (jid, purpose) => {
      const first = !notices.has(`${jid} ${purpose}`);
      notices.add(`${jid} ${purpose}`);
      return Promise.resolve(first);
    },
    markdownOf: (text) => `md(${text})`,
  };
  const send = (stanza: XmlElement): Promise<void> => {
    sent.push(stanza);
    return Promise.resolve();
  };
  const now = (): number => facts.now;
  const memory = createChatMemory(ports);
  const notice = createNotices({ domain: DOMAIN, ports, send }, now);
  const router = createRouter({ domain: DOMAIN, log: silentLog, send });
  router.add(
    chatHandlers(
      {
        domain: DOMAIN,
        ports,
        pace: createChatPace(now),
        person: createPersonChat({ ports, memory, notice }),
        command: createCommandChat({ commands: commands.commands.all, memory }),
        bounces: createBounces({ ...bounced(calls), now }),
        send,
      },
      notice,
    ),
  );
  return {
    calls,
    sent,
    facts,
    hear: async (xml) => {
      const stanza = readXml(xml.trim());
      const attrs = { from: "alice@example.org/phone", to: DOMAIN, ...stanza.attrs };
      await router.handle({ ...stanza, attrs });
    },
    answers: () =>
      sent.map(
        (stanza) => `${stanza.attrs["from"] ?? ""}: ${childText(stanza, "body") ?? stanza.local}`,
      ),
  };
}

function shown(guid: Guid, text: string): Shown {
  return { guid, text, isPoll: false };
}

/** A digest: that it is the same for the same words is tested by itself. */
function withoutKey(told: object): object {
  return Object.fromEntries(Object.entries(told).filter(([name]) => name !== "key"));
}

function bounced(calls: string[]) {
  return {
    blocked: (jid: Jid, person: DiasporaId | null): Promise<void> => {
      calls.push(`blocked ${jid} ${person ?? "-"}`);
      return Promise.resolve();
    },
    gone: (jid: Jid): Promise<void> => {
      calls.push(`gone ${jid}`);
      return Promise.resolve();
    },
  };
}
