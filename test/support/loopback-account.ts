/** One account of the loopback server: its session, its contacts' presence (RFC 6121), its node. */
import { attr, RESOURCE, xml, type Stanza } from "./e2e-client.ts";
import { bareOf, createPep, Refused, refusal, type Pep } from "./loopback-pep.ts";

interface Contact {
  /** We see their presence; they see ours. */
  to: boolean;
  from: boolean;
}

export interface Account {
  readonly bare: string;
  readonly contacts: Map<string, Contact>;
  readonly pep: Pep;
  /** What came while nobody was there. */
  readonly waiting: Stanza[];
  /** null: not logged in. */
  deliver: ((stanza: Stanza) => void) | null;
  isAvailable: boolean;
}

export interface Post {
  readonly isOpenfire: boolean;
  /** To whoever `to` is. */
  route(stanza: Stanza): void;
}

export function createAccount(bare: string, post: Post): Account {
  const contacts = new Map<string, Contact>();
  const seesPresence = (who: string): boolean => contacts.get(who)?.from === true;
  return {
    bare,
    contacts,
    waiting: [],
    deliver: null,
    isAvailable: false,
    pep: createPep({
      bare,
      isOpenfire: post.isOpenfire,
      isService: bare.startsWith("comments."),
      seesPresence,
      watchers: () => (post.isOpenfire ? [...contacts.keys()].filter(seesPresence) : []),
      send: (stanza) => {
        post.route(stanza);
      },
    }),
  };
}

function contactOf(account: Account, jid: string): Contact {
  const bare = bareOf(jid);
  const contact = account.contacts.get(bare) ?? { to: false, from: false };
  account.contacts.set(bare, contact);
  return contact;
}

function fullOf(account: Account): string {
  return `${account.bare}/${RESOURCE}`;
}

/** What the client of this account sends. */
export function fromClient(account: Account, post: Post, stanza: Stanza): void {
  const isAboutContact = stanza.is("presence") && /subscribe/.test(attr(stanza, "type"));
  stanza.attrs["from"] = isAboutContact ? account.bare : fullOf(account);
  if (stanza.is("presence")) {
    presenceOut(account, post, stanza);
    return;
  }
  stanza.attrs["to"] ??= account.bare;
  post.route(stanza);
}

function presenceOut(account: Account, post: Post, stanza: Stanza): void {
  const to = attr(stanza, "to");
  if (to === "") {
    broadcast(account, post, stanza);
    return;
  }
  const type = attr(stanza, "type");
  if (type === "subscribed") contactOf(account, to).from = true;
  if (type === "unsubscribed") contactOf(account, to).from = false;
  if (type === "unsubscribe") contactOf(account, to).to = false;
  post.route(stanza);
  if (type !== "subscribed") return;
  if (account.isAvailable) post.route(xml("presence", { from: fullOf(account), to: bareOf(to) }));
  if (post.isOpenfire) account.pep.sendLastItems(bareOf(to));
}

function broadcast(account: Account, post: Post, stanza: Stanza): void {
  const wasAvailable = account.isAvailable;
  account.isAvailable = attr(stanza, "type") !== "unavailable";
  for (const [jid, contact] of account.contacts) {
    if (contact.from) post.route(xml("presence", { ...stanza.attrs, to: jid }, ...stanza.children));
    if (contact.to && !wasAvailable)
      post.route(xml("presence", { type: "probe", from: account.bare, to: jid }));
  }
  if (account.isAvailable) for (const each of account.waiting.splice(0)) account.deliver?.(each);
}

/** What somebody sends to this account. */
export function toAccount(account: Account, post: Post, stanza: Stanza): void {
  if (stanza.is("presence")) presenceIn(account, post, stanza);
  else if (stanza.is("message")) messageIn(account, stanza);
  else iqIn(account, post, stanza);
}

function messageIn(account: Account, stanza: Stanza): void {
  if (account.isAvailable && account.deliver !== null) account.deliver(stanza);
  else if (!["headline", "error"].includes(attr(stanza, "type"))) account.waiting.push(stanza);
}

function presenceIn(account: Account, post: Post, stanza: Stanza): void {
  const sender = attr(stanza, "from");
  const contact = contactOf(account, sender);
  const type = attr(stanza, "type");
  if (type === "probe") {
    if (!contact.from) post.route(xml("presence", { ...swapped(stanza), type: "unsubscribed" }));
    else if (account.isAvailable)
      post.route(xml("presence", { from: fullOf(account), to: sender }));
    return;
  }
  if (type === "subscribe" && contact.from) {
    post.route(xml("presence", { ...swapped(stanza), type: "subscribed" }));
    return;
  }
  if (type === "subscribed") contact.to = true;
  if (type === "unsubscribed") contact.to = false;
  if (type === "unsubscribe") contact.from = false;
  if (account.deliver === null && type === "subscribe") account.waiting.push(stanza);
  else account.deliver?.(stanza);
}

function swapped(stanza: Stanza): { readonly from: string; readonly to: string } {
  return { from: bareOf(attr(stanza, "to")), to: attr(stanza, "from") };
}

function iqIn(account: Account, post: Post, stanza: Stanza): void {
  const type = attr(stanza, "type");
  const isRequest = type === "get" || type === "set";
  if (attr(stanza, "to").includes("/") || !isRequest) {
    if (account.deliver !== null) account.deliver(stanza);
    else if (isRequest) post.route(answer(stanza, refusal("service-unavailable")));
    return;
  }
  const [request] = stanza.getChildElements();
  try {
    if (request?.name !== "pubsub") throw new Refused("service-unavailable");
    const asker = bareOf(attr(stanza, "from"));
    post.route(answer(stanza, account.pep.answer(type, request, asker)));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    post.route(answer(stanza, refusal(error.condition)));
  }
}

export function answer(request: Stanza, payload: Stanza | null): Stanza {
  const type = payload?.is("error") === true ? "error" : "result";
  const attrs = {
    type,
    id: attr(request, "id"),
    from: attr(request, "to"),
    to: attr(request, "from"),
  };
  return xml("iq", attrs, ...(payload === null ? [] : [payload]));
}
