/** The gateway's own JID as main.ts composes it, with its ports in memory. */
import type { Jid } from "../../../src/activitystreams/ids.ts";
import { registerCommand, unregisterCommand } from "../../../src/commands/register.ts";
import { createAdhoc } from "../../../src/connector/adhoc.ts";
import { createDisco } from "../../../src/connector/disco.ts";
import { gatewayHandlers } from "../../../src/connector/gateway.ts";
import { pingHandler } from "../../../src/connector/ping.ts";
import { collectorHandlers } from "../../../src/connector/collector-handlers.ts";
import { createCollectorPresence } from "../../../src/connector/collector-presence.ts";
import { registerHandlers } from "../../../src/connector/register.ts";
import { createRouter, type Router } from "../../../src/connector/router.ts";
import { versionHandler } from "../../../src/connector/version.ts";
import { silentLog } from "../../../src/log/log.ts";
import type { XmlElement } from "../../../src/xml/element.ts";
import { DOMAIN } from "./support.ts";

export interface GatewayBench {
  readonly router: Router;
  readonly sent: XmlElement[];
  readonly changes: string[];
  readonly registered: Map<Jid, string>;
}

export function gatewayBench(): GatewayBench {
  const sent: XmlElement[] = [];
  const changes: string[] = [];
  const registered = new Map<Jid, string>();
  const send = (stanza: XmlElement): Promise<void> => {
    sent.push(stanza);
    return Promise.resolve();
  };
  const router = createRouter({ domain: DOMAIN, log: silentLog, send });
  const found = (diasporaId: string | undefined) =>
    diasporaId === undefined ? null : { diasporaId };
  const ports = {
    find: (jid: Jid) => Promise.resolve(found(registered.get(jid))),
    register: (jid: Jid) => {
      registered.set(jid, jid);
      return Promise.resolve({ diasporaId: jid });
    },
    move: (jid: Jid) => Promise.resolve({ diasporaId: jid }),
    remove: (jid: Jid) => {
      registered.delete(jid);
      return Promise.resolve(new Date("2026-05-08T12:00:00Z"));
    },
  };
  const register = registerCommand(ports, { kind: "domains", domains: ["example.org"] });
  const unregister = unregisterCommand(ports);
  const adhoc = createAdhoc({ domain: DOMAIN, commands: [register, unregister] });
  const disco = createDisco({
    to: "component",
    identities: [
      { category: "gateway", type: "diaspora", name: "diaspora*" },
      { category: "pubsub", type: "service", name: "diaspora*" },
    ],
    features: () => router.features("component"),
    capsNode: "https://diaspora-x.example",
    items: () => Promise.resolve([adhoc.listItem]),
    node: (node, _to, asker) => adhoc.node(node, asker),
  });
  const presence = createCollectorPresence({
    domain: DOMAIN,
    caps: disco.caps,
    isRegistered: (jid) => Promise.resolve(registered.has(jid)),
    send,
    onReachable: (jid) => {
      changes.push(`${jid} reachable`);
    },
  });
  router.add([
    ...disco.handlers,
    ...adhoc.handlers,
    ...registerHandlers({ register, unregister }),
    ...gatewayHandlers({ domain: DOMAIN, ownHosts: new Map([["example.org", "example.org"]]) }),
    ...collectorHandlers({
      feed: {
        onEvent: (jid) => {
          changes.push(`${jid} event`);
        },
      },
      comments: { onEvent: () => undefined },
      profile: { look: () => undefined },
      presence,
      dropped: () => undefined,
    }),
    pingHandler("component"),
    versionHandler("component", "0.1.0"),
  ]);
  return { router, sent, changes, registered };
}
