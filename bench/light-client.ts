/**
 * A client that costs next to nothing: a socket that logs in, then counts what ends in
 * `</message>` and hands on what ends in `</iq>`. Five hundred of them on xmpp.js would be
 * what the bench measures.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { xml } from "../test/support/e2e-client.ts";

export interface LightClient {
  readonly bare: string;
  /** Messages so far. */
  readonly messages: number;
  onMessage(listener: () => void): void;
  /** Answers are told by their id. Resolves with the length of the answer's text. */
  ask(iq: { readonly to: string; readonly payload: string }): Promise<number>;
  send(text: string): void;
  close(): void;
}

export interface LightLogin {
  readonly user: string;
  readonly domain: string;
  readonly password: string;
  readonly port: number;
}

const END_OF_MESSAGE = Buffer.from("</message>");
const END_OF_IQ = "</iq>";

export async function logInLight({
  user,
  domain,
  password,
  port,
}: LightLogin): Promise<LightClient> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  await once(socket, "connect");
  const opening = (): string =>
    xml("stream:stream", {
      xmlns: "jabber:client",
      "xmlns:stream": "http://etherx.jabber.org/streams",
      version: "1.0",
      to: domain,
    })
      .toString()
      .replace("/>", ">");
  await say(socket, opening(), "</stream:features>");
  const plain = Buffer.from(`\0${user}\0${password}`).toString("base64");
  const sasl = { xmlns: "urn:ietf:params:xml:ns:xmpp-sasl", mechanism: "PLAIN" };
  await say(socket, xml("auth", sasl, plain).toString(), "<success");
  await say(socket, opening(), "</stream:features>");
  const bind = xml("bind", { xmlns: "urn:ietf:params:xml:ns:xmpp-bind" });
  await say(socket, xml("iq", { type: "set", id: "bind" }, bind).toString(), END_OF_IQ);
  await say(socket, xml("presence").toString(), "<presence");
  return counting(socket, `${user}@${domain}`);
}

/** Writes, and waits for an answer with this in it. */
async function say(socket: Socket, text: string, until: string): Promise<void> {
  const answered = new Promise<void>((resolve, reject) => {
    let seen = "";
    const timer = setTimeout(() => {
      reject(new Error(`no ${until} but: ${seen.slice(0, 500)}`));
    }, 10_000);
    const onData = (data: Buffer): void => {
      seen += data.toString("latin1");
      if (!seen.includes(until)) return;
      clearTimeout(timer);
      socket.off("data", onData);
      resolve();
    };
    socket.on("data", onData);
  });
  socket.write(text);
  await answered;
}

function counting(socket: Socket, bare: string): LightClient {
  const listeners: (() => void)[] = [];
  const waiting = new Map<string, (length: number) => void>();
  let messages = 0;
  let nextId = 0;
  let rest = Buffer.alloc(0);
  let text = "";
  const countMessages = (data: Buffer): void => {
    const all = Buffer.concat([rest, data]);
    let from = 0;
    for (;;) {
      const at = all.indexOf(END_OF_MESSAGE, from);
      if (at < 0) break;
      from = at + END_OF_MESSAGE.length;
      messages += 1;
      for (const listener of listeners) listener();
    }
    rest = all.subarray(Math.max(from, all.length - END_OF_MESSAGE.length + 1));
  };
  const takeAnswers = (data: Buffer): void => {
    text += data.toString("latin1");
    for (;;) {
      const end = text.indexOf(END_OF_IQ);
      if (end < 0) break;
      const answer = text.slice(0, end);
      text = text.slice(end + END_OF_IQ.length);
      const start = answer.slice(answer.lastIndexOf("<iq"), answer.lastIndexOf("<iq") + 500);
      const id = /\bid=['"]([^'"]+)['"]/.exec(start)?.[1] ?? "";
      waiting.get(id)?.(start.includes("error") ? -1 : answer.length);
      waiting.delete(id);
    }
  };
  socket.on("data", (data: Buffer) => {
    if (waiting.size > 0) takeAnswers(data);
    else countMessages(data);
  });
  return {
    bare,
    get messages() {
      return messages;
    },
    onMessage: (listener) => listeners.push(listener),
    ask: ({ to, payload }) =>
      new Promise((resolve) => {
        nextId += 1;
        const id = `q${String(nextId)}`;
        waiting.set(id, resolve);
        // The payload is XML already, so that the same text goes to each contender.
        const [head = "", tail = ""] = xml("iq", { type: "get", id, to }, "|")
          .toString()
          .split("|");
        socket.write(head + payload + tail);
      }),
    send: (stanza) => {
      socket.write(stanza);
    },
    close: () => {
      socket.destroy();
    },
  };
}
