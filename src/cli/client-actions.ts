/** What the commands of `diaspora-x client` do. */
import { domainOf, parseJid } from "../activitystreams/ids.ts";
import { connectClient, type ClientOptions, type XmppClient } from "../client/connect.ts";
import { followedJid, followJid } from "../client/follow.ts";
import { approveFrom, optIn } from "../client/opt-in.ts";
import { availablePresence } from "../client/presence.ts";
import { publishEntry } from "../client/publish.ts";
import { exchangeRaw } from "../client/raw.ts";
import { lineOf, printable, seenIn } from "../client/watch.ts";
import { devDomain, type DevDomain } from "../config/dev-state.ts";
import { DxError } from "../errors/error.ts";
import { el } from "../xml/element.ts";
import type { Io } from "./io.ts";

export interface Login {
  readonly jid: string;
  readonly password: string;
}

export interface ConnectionOptions {
  readonly host?: string;
  readonly port?: number;
  readonly insecure?: boolean;
  readonly dev?: boolean;
}

export interface PublishCommandOptions extends ConnectionOptions {
  readonly private?: boolean;
  readonly id?: string;
  readonly title?: string;
}

export interface WatchOptions extends ConnectionOptions {
  readonly seconds?: number;
  readonly count?: number;
  readonly follow?: string;
  readonly at?: string;
}

/** The development pod of this account, with --dev. */
function devOf({ jid }: Login, options: ConnectionOptions): DevDomain | null {
  if (options.dev !== true) return null;
  const bare = parseJid(jid)?.bare;
  if (bare === undefined) throw new DxError("DX_USAGE", { detail: `${jid} is no address` });
  return devDomain(domainOf(bare));
}

function connection(login: Login, options: ConnectionOptions): ClientOptions {
  const dev = devOf(login, options);
  return {
    ...login,
    host: options.host ?? dev?.c2sHost,
    port: options.port ?? dev?.c2sPort,
    // The private server of npm run dev certifies itself.
    insecure: options.insecure === true || dev !== null,
  };
}

async function withClient(
  options: ClientOptions,
  work: (client: XmppClient) => Promise<number>,
): Promise<number> {
  const client = await connectClient(options);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

export async function register(
  login: Login,
  options: ConnectionOptions & { readonly at?: string },
  io: Io,
): Promise<number> {
  const { at } = options;
  if (at === undefined) {
    return withClient({ ...connection(login, options), create: true }, (client) => {
      io.out(`${client.bare} is there`);
      return Promise.resolve(0);
    });
  }
  return withClient(connection(login, options), async (client) => {
    const { instructions, approved } = await optIn(client, at);
    io.out(`registered at ${at}`);
    if (instructions !== "") io.out(printable(instructions));
    io.out(
      approved
        ? `${at} may see the presence of ${client.bare}`
        : `${at} has not asked to see the presence of ${client.bare}`,
    );
    return 0;
  });
}

export function publish(
  login: Login,
  text: string,
  options: PublishCommandOptions,
  io: Io,
): Promise<number> {
  const { id, title } = options;
  return withClient(connection(login, options), async (client) => {
    await client.send(availablePresence());
    const limited = options.private === true;
    io.out(`published ${await publishEntry(client, { text, id, title, limited })}`);
    return 0;
  });
}

export function watch(login: Login, options: WatchOptions, io: Io): Promise<number> {
  const component = options.at ?? devOf(login, options)?.componentDomain;
  const { follow } = options;
  const followed = follow === undefined ? null : followedJid(follow, component);
  return withClient(connection(login, options), async (client) => {
    const enough = printThings(client, options, io);
    if (component !== undefined) approveFrom(client, component);
    await client.send(availablePresence());
    if (followed !== null) {
      await followJid(client, followed);
      io.err(`following ${followed}`);
    }
    return enough;
  });
}

/** Prints until the time is over, the count is reached, or the connection ends. */
function printThings(client: XmppClient, options: WatchOptions, io: Io): Promise<number> {
  return new Promise((resolve) => {
    let left = options.count ?? Number.POSITIVE_INFINITY;
    let timer: NodeJS.Timeout | undefined;
    const end = (code: number): void => {
      clearTimeout(timer);
      stop();
      resolve(code);
    };
    const shown = new Set<string>();
    const stop = client.listen((stanza) => {
      for (const thing of seenIn(stanza)) {
        if (left <= 0) return;
        // COMPAT(ejabberd): one's own posts come twice, as owner and as contact of oneself.
        const own = `${thing.kind} ${thing.id} ${thing.text}`;
        if (thing.from === client.bare && shown.has(own)) continue;
        shown.add(own);
        io.out(lineOf(thing, new Date()));
        left -= 1;
        if (left <= 0) end(0);
      }
    });
    if (options.seconds !== undefined) {
      // A count that was asked for and not reached is a failure, so that scripts notice.
      timer = setTimeout(end, options.seconds * 1000, options.count === undefined ? 0 : 1);
    }
    void client.closed.then(() => {
      end(1);
    });
  });
}

export function send(
  login: Login,
  message: { readonly to: string; readonly text: string },
  options: ConnectionOptions,
  io: Io,
): Promise<number> {
  return withClient(connection(login, options), async (client) => {
    await client.send(
      el("message", { to: message.to, type: "chat" }, el("body", {}, message.text)),
    );
    io.out(`sent to ${message.to}`);
    return 0;
  });
}

export async function raw(
  login: Login,
  text: string,
  options: ConnectionOptions,
  io: Io,
): Promise<number> {
  const xml = text === "-" ? await io.readInput() : text;
  return withClient(connection(login, options), async (client) => {
    const { lines, refused } = await exchangeRaw(client, xml);
    for (const line of lines) io.out(line);
    return refused ? 1 : 0;
  });
}
