/**
 * No XMPP server at all: what clients send is written into the component's stream, and what
 * the component sends is handed to them. Accounts have as much of a server as the flows
 * need (contacts, the own node), so that the same tests run here and on real servers; and
 * what no server that can be had does, Openfire's ways, is tried here.
 */
import type { ServerOptions, XmppServer } from "../../dev/server.ts";
import { isElement, type XmlElement } from "../../src/xml/element.ts";
import { attr, watch, xml, type Login, type Stanza, type TestClient } from "./e2e-client.ts";
import { fakeComponentServer } from "./fake-component-server.ts";
import { answer, createAccount, fromClient, toAccount, type Account } from "./loopback-account.ts";
import { bareOf, refusal } from "./loopback-pep.ts";

export interface LoopbackServer extends XmppServer {
  logIn(login: Login): Promise<TestClient>;
}

/** Accounts outlive a restart with the same folder, as a real server's do. */
const kept = new Map<string, Map<string, Account>>();

export async function startLoopback(
  options: ServerOptions,
  kind: "loopback" | "openfire",
): Promise<LoopbackServer> {
  const [domain = ""] = options.domains;
  const [component] = options.components;
  if (component === undefined) throw new Error("the loopback server needs a component");
  const accounts = kept.get(options.dir) ?? new Map<string, Account>();
  kept.set(options.dir, accounts);
  const comments = `comments.${domain}`;
  const server = await fakeComponentServer({
    domain: component.domain,
    secret: component.secret,
    port: options.ports.component,
    onStanza: (stanza) => {
      route(toStanza(stanza));
    },
  });
  const post = { isOpenfire: kind === "openfire", route };
  if (!accounts.has(comments)) accounts.set(comments, createAccount(comments, post));
  const ended = Promise.withResolvers<{ code: null; signal: null }>();

  function route(stanza: Stanza): void {
    const to = attr(stanza, "to");
    const host = bareOf(to).slice(to.indexOf("@") + 1);
    if (host === component?.domain) toComponent(stanza);
    else if (bareOf(to) === domain) toServer(stanza);
    else {
      const account = accounts.get(bareOf(to));
      // As on a wire: a copy, after what is under way.
      if (account === undefined) refuse(stanza);
      else setImmediate(toAccount, account, post, copyOf(stanza));
    }
  }

  function toComponent(stanza: Stanza): void {
    const open = server.connections.findLast(({ socket }) => !socket.destroyed);
    if (open === undefined) refuse(stanza);
    else open.raw(stanza.toString());
  }

  /** XEP-0199 is all that the component asks of it. */
  function toServer(stanza: Stanza): void {
    const isPing = stanza.is("iq") && stanza.getChild("ping", "urn:xmpp:ping") !== undefined;
    if (isPing && attr(stanza, "type") === "get") route(answer(stanza, null));
    else refuse(stanza);
  }

  function refuse(stanza: Stanza): void {
    const isRequest = ["get", "set"].includes(attr(stanza, "type"));
    if (stanza.is("iq") && isRequest) route(answer(stanza, refusal("service-unavailable")));
  }

  return {
    kind,
    c2sPort: 0,
    componentPort: server.port,
    pid: process.pid,
    exited: ended.promise,
    register: (user, host) => {
      const bare = `${user}@${host}`;
      const isNew = !accounts.has(bare);
      if (isNew) accounts.set(bare, createAccount(bare, post));
      return Promise.resolve(isNew);
    },
    logIn: ({ user, domain: host }) => Promise.resolve(enter(accounts, post, `${user}@${host}`)),
    stop: async () => {
      for (const account of accounts.values()) leave(account);
      await server.close();
      ended.resolve({ code: null, signal: null });
    },
  };
}

function enter(
  accounts: ReadonlyMap<string, Account>,
  post: Parameters<typeof fromClient>[1],
  bare: string,
): TestClient {
  const account = accounts.get(bare);
  if (account === undefined) throw new Error(`there is no account ${bare}`);
  const listeners = new Set<(stanza: Stanza) => void>();
  account.deliver = (stanza) => {
    for (const listener of [...listeners]) listener(stanza);
  };
  return watch(
    {
      onStanza: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      send: (stanza) => {
        fromClient(account, post, copyOf(stanza));
        return Promise.resolve();
      },
      stop: () => {
        if (account.isAvailable)
          fromClient(account, post, xml("presence", { type: "unavailable" }));
        leave(account);
        return Promise.resolve();
      },
    },
    bare,
  );
}

function leave(account: Account): void {
  account.deliver = null;
  account.isAvailable = false;
}

function toStanza({ name, attrs, children }: XmlElement): Stanza {
  return xml(
    name,
    { ...attrs },
    ...children.map((node) => (isElement(node) ? toStanza(node) : node)),
  );
}

function copyOf({ name, attrs, children }: Stanza): Stanza {
  return xml(
    name,
    { ...attrs },
    ...children.map((node) => (typeof node === "string" ? node : copyOf(node))),
  );
}
