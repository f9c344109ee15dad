/**
 * The pod: sends as a pod's queue does, each message again until it is taken; writes down what
 * reaches it; and passes on, in the post's author's name, what others say below a post of its own.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { encryptFor, seal } from "../../support/peer-envelope.ts";
import type { PeerPerson } from "../../support/peer-person.ts";
import type { Opened, Receipt } from "../../support/peer.ts";
import { threadOfToken, tokenIn, type Book } from "./book.ts";
import { SIDES, type ChaosWorld, type Side } from "./world.ts";

export interface Pod {
  /** Resolves when it was taken by all of them. */
  tell(sides: readonly Side[], payload: string, author: PeerPerson): Promise<void>;
  /** For one person alone. */
  tellOne(id: string, payload: string, author: PeerPerson): Promise<void>;
  /** Of a thread that began here: who wrote the post. */
  begins(thread: number, author: PeerPerson): void;
  /** Sent, and not taken yet. */
  readonly underway: number;
  /** What could not be opened: nothing, where all is well. */
  readonly unreadable: readonly string[];
}

const AGAIN_MS = 1_000;
const PATIENCE_MS = 10_000;

export function openPod(world: ChaosWorld, book: Book): Pod {
  const { peer } = world;
  const authors = new Map<number, PeerPerson>();
  const unreadable: string[] = [];
  const passedOn = new Set<string>();
  let underway = 0;
  let last: Promise<void> = Promise.resolve();

  peer.onReceipt((receipt) => {
    if (receipt.status >= 300) return;
    last = last.then(() => read(receipt));
  });

  async function read(receipt: Receipt): Promise<void> {
    try {
      note(await peer.open(receipt));
    } catch (error) {
      unreadable.push(String(error));
    }
  }

  function note(opened: Opened): void {
    const { name, values, payload } = opened;
    const token = tokenOf(opened);
    if (token === null) return;
    if (name === "retraction") {
      book.saw("pod", token, "gone", true);
      return;
    }
    const { guid = "", author = "" } = values;
    if (name === "status_message") book.name(threadOfToken(token), guid);
    else passOn(token, payload, author);
    book.saw("pod", token, guid, true);
  }

  function tokenOf({ name, values }: Opened): string | null {
    const { text = "", author = "", parent_guid: above = "", target_guid: target = "" } = values;
    const about = (letter: "l" | "r", guid: string, rest: string): string | null => {
      const thread = book.threadOf(guid);
      return thread === undefined ? null : `${letter}${String(thread)}${rest}`;
    };
    if (name === "retraction") return about("r", target, "");
    if (name === "like") return about("l", above, `.${author}`);
    const token = tokenIn(text);
    // Of a post that was answered the author tells pods in a comment what it says now.
    const isCorrection = name === "comment" && token?.startsWith("e") === true;
    return isCorrection ? null : token;
  }

  function passOn(token: string, payload: string, author: string): void {
    const thread = threadOfToken(token);
    const writer = authors.get(thread);
    if (writer === undefined || passedOn.has(token)) return;
    passedOn.add(token);
    for (const side of SIDES) {
      if (author.endsWith(`@${world.bridges[side].domain}`)) continue;
      const after = [`p${String(thread)}`];
      book.expect({ token, place: side, direction: "pod → XMPP", after });
    }
    void tell(SIDES, payload, writer);
  }

  const post = async (url: string, contentType: string, body: string): Promise<void> => {
    underway += 1;
    for (;;) {
      const answer = await peer
        .fetch(url, { method: "POST", contentType, body, timeoutMs: PATIENCE_MS })
        .catch(() => null);
      if (answer !== null && answer.status >= 200 && answer.status < 300) break;
      await sleep(AGAIN_MS);
    }
    underway -= 1;
  };
  const tell: Pod["tell"] = async (sides, payload, author) => {
    const sealed = seal(payload, author);
    const urls = sides.map((side) => new URL("receive/public", world.bridges[side].base).href);
    await Promise.all(urls.map((url) => post(url, "application/magic-envelope+xml", sealed)));
  };
  return {
    tell,
    tellOne: async (id, payload, author) => {
      const person = await peer.find(id);
      const url = new URL(`receive/users/${person.guid}`, person.seed).href;
      const body = encryptFor(person.publicPem, seal(payload, author));
      await post(url, "application/json", body);
    },
    begins: (thread, author) => {
      authors.set(thread, author);
    },
    get underway() {
      return underway;
    },
    unreadable,
  };
}
