/** What every kind of node works with: whose component it is, and its ports. */
import type { DiasporaId, Jid } from "../../activitystreams/ids.ts";
import type { LocalPerson, RemotePerson } from "../../activitystreams/person.ts";
import { hasVirtualJid, virtualJid } from "../../activitystreams/virtual-jid.ts";
import type { EntryContext } from "../entry-frame.ts";
import type { PepPorts } from "../ports.ts";
import type { EntryCache } from "./entry-cache.ts";

export interface NodeContext {
  /** The component's domain. */
  readonly component: Jid;
  readonly ports: PepPorts;
  readonly cache: EntryCache;
}

/** One service, as one asker sees it. */
export interface Visit {
  readonly context: NodeContext;
  readonly service: Jid;
  readonly asker: Jid;
}

/** Whoever is outside ASCII cannot be written as a JID (src/activitystreams/virtual-jid.ts). */
export function jidOfId(id: DiasporaId, component: Jid): Jid {
  return hasVirtualJid(id) ? virtualJid(id, component) : component;
}

export function jidOf(person: LocalPerson | RemotePerson, component: Jid): Jid {
  return "jid" in person ? person.jid : jidOfId(person.diasporaId, component);
}

export function placeOf(
  { context: { component }, service }: Visit,
  node: string,
  publisher: string,
): EntryContext {
  return {
    service,
    node,
    component,
    publisher,
    jidOf: (person) => jidOf(person, component),
    jidOfId: (id) => jidOfId(id, component),
  };
}
