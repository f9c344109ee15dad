/**
 * A person at a bridge who follows everybody of the other side and of the pod, and opens every
 * thread. As a real client does, it reads after each login what came while it was away.
 */
import { attr, xml, type IqAnswer, type Login, type Stanza } from "../../support/e2e-client.ts";
import { entryText, NODE, virtualJid } from "../../support/e2e-social.ts";
import { HEART } from "../../support/story-shown.ts";
import { threadOfToken, tokenIn, type Book } from "./book.ts";
import { openClient, type ChaosClient, type OpenSession } from "./client.ts";
import type { Side } from "./world.ts";

const NS_PUBSUB = "http://jabber.org/protocol/pubsub";
const NS_RSM = "http://jabber.org/protocol/rsm";
const COMMENTS = `${NODE}:comments/`;
const PAGE = "40";
/** Reads under way at once. */
const AT_ONCE = 6;

export interface ReaderOptions {
  readonly book: Book;
  readonly side: Side;
  readonly login: Login;
  readonly component: string;
  /** diaspora* IDs. */
  readonly follows: readonly string[];
}

export interface Reader {
  readonly client: ChaosClient;
  /** Reads what is said below this post of somebody at the same bridge, whose posts it has not. */
  opens(guid: string): void;
  /** Reads everything that is still expected; for what no event brought by the end. */
  readAll(): Promise<void>;
}

export function openReader({ book, side, login, component, follows }: ReaderOptions): Reader {
  /** Threads whose comments are to be read, and those that are subscribed to. */
  const wanted = new Set<string>();
  const opened = new Set<string>();
  let session: OpenSession | null = null;

  const client = openClient({
    login,
    onMessage: (stanza) => {
      for (const event of eventsIn(stanza)) take(event, true);
    },
    onSession: async (now) => {
      session = now;
      await catchUp(now);
    },
  });
  function take({ from, node, id, item }: SeenEvent, pushed: boolean): void {
    const thread = book.threadOf(node === NODE ? id : node.slice(COMMENTS.length));
    if (item.name === "retract") {
      if (node === NODE && thread !== undefined) {
        book.saw(side, `r${String(thread)}`, "gone", pushed);
      }
      return;
    }
    const entry = item.getChild("entry");
    const token = tokenOf(entry, component, thread);
    if (token === null || (node !== NODE && token.startsWith("e"))) return;
    if (node === NODE) {
      book.name(threadOfToken(token), id);
      opens(id);
    }
    book.saw(side, token, `${from} ${node} ${id}`, pushed);
  }

  function opens(guid: string): void {
    wanted.add(guid);
    if (session !== null) void openThread(session, guid);
  }

  async function catchUp(now: OpenSession): Promise<void> {
    await many(follows, (id) => insist(now, () => readPosts(now, virtualJid(id, component))));
    const guids = new Set<string>();
    for (const { token, place } of book.facts) {
      if (place !== side || book.sighting(side, token) !== undefined) continue;
      const guid = book.guidOf(threadOfToken(token));
      if (guid !== undefined) guids.add(guid);
    }
    await many([...wanted], (guid) => openThread(now, guid));
    await many([...guids], async (guid) => {
      await insist(now, () => readComments(now, guid));
    });
    await many(retracted(), ([thread, jid]) => insist(now, () => lookGone(now, thread, jid)));
  }

  async function openThread(now: OpenSession, guid: string): Promise<void> {
    if (opened.has(guid)) return;
    opened.add(guid);
    await insist(now, async () => {
      const payload = xml("subscribe", { node: `${COMMENTS}${guid}`, jid: client.bare });
      const answer = await now.iq("set", component, xml("pubsub", { xmlns: NS_PUBSUB }, payload));
      if (isGone(answer)) return;
      expectResult(answer);
      await readComments(now, guid);
    }).catch(() => opened.delete(guid));
  }

  /** Newest first, page by page, until a page holds nothing new. */
  async function readPosts(now: OpenSession, service: string): Promise<void> {
    let before = "";
    for (;;) {
      const set = xml("set", { xmlns: NS_RSM }, xml("max", {}, PAGE), xml("before", {}, before));
      const answer = await read(now, service, xml("items", { node: NODE }), set);
      const items = itemsIn(answer);
      const isNew = (item: Stanza): boolean => {
        const token = tokenIn(entryText(item.getChild("entry")));
        return token !== null && book.sighting(side, token) === undefined;
      };
      const found = items.some(isNew);
      for (const item of items) {
        take({ from: service, node: NODE, id: attr(item, "id"), item }, false);
      }
      before = attr(items[0] ?? xml("none"), "id");
      if (!found || before === "") return;
    }
  }

  async function readComments(now: OpenSession, guid: string): Promise<void> {
    const node = `${COMMENTS}${guid}`;
    const answer = await read(now, component, xml("items", { node }));
    for (const item of itemsIn(answer)) {
      take({ from: component, node, id: attr(item, "id"), item }, false);
    }
  }

  async function lookGone(now: OpenSession, thread: number, service: string): Promise<void> {
    const guid = book.guidOf(thread) ?? "";
    const wanted = xml("items", { node: NODE }, xml("item", { id: guid }));
    const answer = await read(now, service, wanted);
    if (itemsIn(answer).length === 0) book.saw(side, `r${String(thread)}`, "gone", false);
  }

  /** Posts that were seen, and whose end is to come. */
  function retracted(): readonly (readonly [number, string])[] {
    return book.facts.flatMap(({ token, place }) => {
      if (place !== side || !token.startsWith("r")) return [];
      const thread = threadOfToken(token);
      const shown =
        book.sighting(side, `p${String(thread)}`) ?? book.sighting(side, `e${String(thread)}`);
      const [key] = shown?.keys ?? [];
      if (key === undefined || book.sighting(side, token) !== undefined) return [];
      return [[thread, key.slice(0, key.indexOf(" "))] as const];
    });
  }

  return {
    client,
    opens,
    readAll: async () => {
      if (session !== null) await catchUp(session);
    },
  };
}

interface SeenEvent {
  readonly from: string;
  readonly node: string;
  readonly id: string;
  readonly item: Stanza;
}

function eventsIn(stanza: Stanza): SeenEvent[] {
  const holder = stanza.getChild("event", `${NS_PUBSUB}#event`)?.getChild("items");
  if (holder === undefined) return [];
  const from = attr(stanza, "from");
  const node = attr(holder, "node");
  return holder.getChildElements().map((item) => ({ from, node, id: attr(item, "id"), item }));
}

function tokenOf(
  entry: Stanza | undefined,
  component: string,
  thread: number | undefined,
): string | null {
  const title = entry?.getChildText("title") ?? "";
  if (title !== HEART) return tokenIn(entryText(entry)) ?? tokenIn(title);
  const uri = entry?.getChild("author")?.getChildText("uri") ?? "";
  const jid = uri.replace(/^xmpp:/, "");
  const id = jid.endsWith(`@${component}`)
    ? jid.slice(0, -component.length - 1).replace("\\40", "@")
    : jid;
  return thread === undefined ? null : `l${String(thread)}.${id}`;
}

async function read(now: OpenSession, service: string, ...children: Stanza[]): Promise<IqAnswer> {
  const payload = xml("pubsub", { xmlns: NS_PUBSUB }, ...children);
  const answer = await now.iq("get", service, payload);
  if (!isGone(answer)) expectResult(answer);
  return answer;
}

function itemsIn(answer: IqAnswer): Stanza[] {
  const holder = answer.stanza.getChild("pubsub", NS_PUBSUB)?.getChild("items");
  return holder?.getChildren("item") ?? [];
}

/** A post that was taken back has no comments either. */
function isGone({ condition }: IqAnswer): boolean {
  return condition === "item-not-found";
}

function expectResult(answer: IqAnswer): void {
  if (answer.type === "error") throw new Error(answer.condition);
}

/** Again as long as the session lasts: the bridge may be away. */
async function insist(now: OpenSession, work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (!now.isOpen()) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}

async function many<T>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  const left = [...all];
  const lane = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}
