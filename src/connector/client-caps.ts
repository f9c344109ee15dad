/**
 * What somebody's client can do (XEP-0115): asked once for each version of each client, and
 * believed only when the answer is what the hash says. By it is known whether they read posts
 * as a feed or need them as chat messages.
 */
import { LRUCache } from "lru-cache";
import type { FullJid, Jid } from "../activitystreams/ids.ts";
import { describeError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import { NOTIFY_MICROBLOG, NS_DATA } from "../pep/namespaces.ts";
import { child, childrenNamed, childText, el, textOf, type XmlElement } from "../xml/element.ts";
import { capsOf, type InfoForm } from "./caps.ts";
import type { Incoming } from "./handler.ts";
import { shortKey } from "./short-key.ts";
import type { ComponentStream } from "./stream.ts";

export interface ClientCapsOptions {
  readonly stream: Pick<ComponentStream, "request">;
  /** Whether a client of this person asks for feeds; only when that has changed. */
  noteClient(jid: Jid, asks: boolean): Promise<void>;
  /** Only of people who have opted in anything is asked. */
  isRegistered(jid: Jid): Promise<boolean>;
  readonly log: Log;
}

export interface ClientCaps {
  /** Presence of type available or unavailable, from whomever. A client may take its time. */
  seen(presence: Pick<Incoming, "from" | "stanza">): void;
  /** Resolves when what was seen is dealt with. */
  idle(): Promise<void>;
}

const NS_CAPS = "http://jabber.org/protocol/caps";
const NS_DISCO_INFO = "http://jabber.org/protocol/disco#info";
const VERSIONS = 10_000;
const PEOPLE = 10_000;
const DAY_MS = 24 * 3_600_000;
/** Nobody is logged in at more places; what comes is from strangers. */
const MAX_RESOURCES = 20;
const MAX_NAME = 1_023;

interface Version {
  readonly node: string;
  readonly ver: string;
}

/** Where somebody is logged in, which of it asks for feeds, and what was told of that. */
interface Clients {
  readonly clients: Map<FullJid, boolean>;
  told: boolean | null;
  toldAt: number;
}

/** Told again each day: whoever has not asked for a month is believed to have another client. */
function isLongAgo(at: number): boolean {
  return Date.now() - at > DAY_MS;
}

export function createClientCaps(options: ClientCapsOptions): ClientCaps {
  const answers = new LRUCache<string, Promise<boolean | null>>({ max: VERSIONS });
  const people = new LRUCache<Jid, Clients>({ max: PEOPLE });

  function asksFor(full: FullJid, version: Version): Promise<boolean | null> {
    const key = shortKey(`${version.ver} ${version.node}`);
    const known = answers.get(key);
    if (known !== undefined) return known;
    const asked = ask(options, full, version);
    answers.set(key, asked);
    // What one client did not answer truly, another of the same version may.
    void asked.then((asks) => asks === null && answers.delete(key));
    return asked;
  }

  async function change(jid: Jid, full: FullJid, asks: boolean | null): Promise<void> {
    const person = people.get(jid) ?? { clients: new Map(), told: null, toldAt: 0 };
    if (asks === null) person.clients.delete(full);
    else if (person.clients.has(full) || person.clients.size < MAX_RESOURCES) {
      person.clients.set(full, asks);
    }
    people.set(jid, person);
    // Who has logged out everywhere reads again as before.
    if (person.clients.size === 0) return;
    const any = [...person.clients.values()].includes(true);
    if (any === person.told && !(any && isLongAgo(person.toldAt))) return;
    person.told = any;
    person.toldAt = Date.now();
    await options.noteClient(jid, any);
  }

  async function look({ from, stanza }: Pick<Incoming, "from" | "stanza">): Promise<void> {
    const { bare, full, resource } = from;
    if (resource === null) return;
    if (stanza.attrs["type"] === "unavailable") {
      if (people.has(bare)) await change(bare, full, null);
      return;
    }
    const version = versionOf(stanza);
    if (stanza.attrs["type"] !== undefined || version === null) return;
    if (!(await options.isRegistered(bare))) return;
    const asks = await asksFor(full, version);
    if (asks !== null) await change(bare, full, asks);
  }

  const working = new Set<Promise<void>>();
  return {
    seen: (presence) => {
      const work = look(presence)
        .catch((error: unknown) => {
          options.log.debug({ error: describeError(error) }, "a client's presence is not noted");
        })
        .finally(() => working.delete(work));
      working.add(work);
    },
    idle: async () => {
      await Promise.all(working);
    },
  };
}

// XEP-0115 §5.1: SHA-1 is the one that everybody has.
function versionOf(presence: XmlElement): Version | null {
  const { hash, node = "", ver = "" } = child(presence, "c", NS_CAPS)?.attrs ?? {};
  if (hash !== "sha-1" || node === "" || !/^[A-Za-z0-9+/]{27}=$/.test(ver)) return null;
  return node.length > MAX_NAME ? null : { node, ver };
}

/** null when it cannot be told: no answer, or one that is not what the hash is of. */
async function ask(
  { stream, log }: ClientCapsOptions,
  to: FullJid,
  { node, ver }: Version,
): Promise<boolean | null> {
  try {
    const payload = el("query", { xmlns: NS_DISCO_INFO, node: `${node}#${ver}` });
    const reply = await stream.request({ type: "get", to, payload });
    const query = child(reply, "query", NS_DISCO_INFO);
    if (query === undefined || verOf(query) !== ver) return null;
    return featuresOf(query).includes(NOTIFY_MICROBLOG);
  } catch (error) {
    log.debug({ error: describeError(error) }, "a client does not say what it can do");
    return null;
  }
}

function featuresOf(query: XmlElement): string[] {
  return childrenNamed(query, "feature").flatMap(({ attrs }) => attrs["var"] ?? []);
}

function verOf(query: XmlElement): string {
  const identities = childrenNamed(query, "identity").map(({ attrs }) => ({
    category: attrs["category"] ?? "",
    type: attrs["type"] ?? "",
    name: attrs["name"] ?? "",
    lang: attrs["xml:lang"] ?? "",
  }));
  return capsOf(identities, featuresOf(query), childrenNamed(query, "x", NS_DATA).flatMap(formOf));
}

/** XEP-0115 §5.1: a form without a FORM_TYPE is left out. */
function formOf(x: XmlElement): InfoForm[] {
  let formType: string | undefined;
  const fields: Record<string, string[]> = {};
  for (const field of childrenNamed(x, "field", NS_DATA)) {
    const name = field.attrs["var"] ?? "";
    if (name === "FORM_TYPE") formType = childText(field, "value");
    else fields[name] = childrenNamed(field, "value").map(textOf);
  }
  return formType === undefined ? [] : [{ formType, fields }];
}
