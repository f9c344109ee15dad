/** A router at which stanzas arrive in any number, and what becomes of them. */
import type { TestContext } from "node:test";
import type { DropReason } from "../../../src/connector/dropped.ts";
import type { AddresseeClass, Handler } from "../../../src/connector/handler.ts";
import { createRouter } from "../../../src/connector/router.ts";
import { silentLog } from "../../../src/log/log.ts";
import { child, el, type XmlElement } from "../../../src/xml/element.ts";
import { DOMAIN } from "./support.ts";

export const HOME = "example.org";
const OWN_HOSTS = [HOME, `pubsub.${HOME}`];

interface Flood {
  /** Ends everything that hangs. */
  readonly release: () => void;
  readonly clock: { now: number };
  readonly heard: string[];
  readonly dropped: DropReason[];
  readonly refused: string[];
  send(stanza: XmlElement): void;
  /** Condition → how many were answered with it; `result` for what was answered well. */
  answers(): Record<string, number>;
}

/** Everything that is not refused hangs, as a host does that takes connections and says nothing. */
export function hanging(t: TestContext): Flood {
  const gate = Promise.withResolvers<null>();
  t.after(() => {
    gate.resolve(null);
  });
  const clock = { now: 0 };
  const sent: XmlElement[] = [];
  const heard: string[] = [];
  const dropped: DropReason[] = [];
  const refused: string[] = [];
  const router = createRouter({
    domain: DOMAIN,
    log: silentLog,
    ownHosts: OWN_HOSTS,
    now: () => clock.now,
    dropped: (reason) => dropped.push(reason),
    refused: (condition) => refused.push(condition),
    send: (stanza) => {
      sent.push(stanza);
      return Promise.resolve();
    },
  });
  const receive: Extract<Handler, { kind: "message" }>["receive"] = async ({ from }) => {
    heard.push(from.bare);
    await gate.promise;
  };
  const to: AddresseeClass = "component";
  const answer = () => gate.promise;
  router.add([
    { kind: "iq", to, type: "get", ns: "urn:q", name: "q", answer },
    { kind: "iq", to, type: "set", ns: "urn:q", name: "q", answer },
    { kind: "message", to, types: ["chat", "headline", "error"], receive },
    {
      kind: "presence",
      to,
      types: ["subscribe", "unsubscribe", "unsubscribed", "available"],
      receive,
    },
  ]);
  return {
    release: () => {
      gate.resolve(null);
    },
    clock,
    heard,
    dropped,
    refused,
    send: (stanza) => void router.handle(stanza),
    answers: () => {
      const counts: Record<string, number> = {};
      for (const reply of sent) {
        const [condition] = child(reply, "error")?.children ?? [];
        const said = typeof condition === "object" ? condition.local : "result";
        counts[said] = (counts[said] ?? 0) + 1;
      }
      return counts;
    },
  };
}

export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
export const iq = (type: "get" | "set", from: string): XmlElement =>
  el("iq", { type, id: "1", from, to: DOMAIN }, el("q", { xmlns: "urn:q" }));
export const message = (from: string, type = "chat"): XmlElement =>
  el("message", { type, from, to: DOMAIN }, el("body", {}, "hello"));
export const times = (count: number, act: (n: string) => void): void => {
  for (let n = 0; n < count; n += 1) act(String(n));
};
