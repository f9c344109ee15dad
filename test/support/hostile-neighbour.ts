/**
 * Another server of the XMPP network, as the gateway sees it, in the hands of an attacker: a
 * component beside it on the same real server, which writes whatever bytes it likes.
 */
import { randomUUID } from "node:crypto";
import { component, type LtxElement } from "@xmpp/component";
import { until } from "./e2e-client.ts";

export interface Neighbour {
  readonly domain: string;
  /** As it is; the end of the stream is its own fault. */
  raw(bytes: string | Buffer): Promise<void>;
  /** Stanzas that came, in order. */
  readonly heard: readonly LtxElement[];
  /** What was answered to a question: `result`, or the condition of the error. */
  ask(from: string, to: string, type: "get" | "set", payload: string): Promise<string>;
  readonly ended: boolean;
  close(): Promise<void>;
}

const PATIENCE_MS = 60_000;

export async function logInNeighbour(
  port: number,
  domain: string,
  secret: string,
): Promise<Neighbour> {
  const service = `xmpp://127.0.0.1:${String(port)}`;
  const entity = component({ service, domain, password: secret });
  const heard: LtxElement[] = [];
  let ended = false;
  entity.reconnect.stop();
  // It would answer by itself.
  entity.removeAllListeners("element");
  entity.on("error", () => undefined);
  entity.on("stanza", (stanza: LtxElement) => heard.push(stanza));
  entity.on("disconnect", () => {
    ended = true;
  });
  await entity.connect(service);
  const online = new Promise((resolve, reject) => {
    entity.once("online", resolve);
    entity.once("disconnect", () => {
      reject(new Error(`${domain} may not come in`));
    });
  });
  await entity.open({ domain });
  await online;
  entity.socket?.setEncoding("utf8");
  entity.socket?.setNoDelay(true);
  return {
    domain,
    heard,
    raw: (bytes) => entity.write(bytes).catch(() => undefined),
    ask: async (from, to, type, payload) => {
      const id = randomUUID();
      await entity.write(`<iq type='${type}' id='${id}' from='${from}' to='${to}'>${payload}</iq>`);
      const answer = (): LtxElement | undefined => heard.find(({ attrs }) => attrs["id"] === id);
      return conditionOf(await until(`an answer to ${payload}`, answer, PATIENCE_MS));
    },
    get ended() {
      return ended;
    },
    close: async () => {
      entity.socket?.destroy();
      await Promise.resolve();
    },
  };
}

export function conditionOf({ attrs, children }: LtxElement): string {
  if (attrs["type"] !== "error") return attrs["type"] ?? "";
  for (const child of children) {
    if (typeof child === "string" || child.name !== "error") continue;
    const [condition] = child.children;
    if (typeof condition === "object") return condition.name;
  }
  return "none";
}
