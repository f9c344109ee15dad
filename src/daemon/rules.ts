/** The bridge with its ports filled: rules over the store, the network and the clock. */
import { randomBytes } from "node:crypto";
import { diasporaIdFor } from "../activitystreams/diaspora-name.ts";
import {
  domainOf,
  hostOf,
  parseGuid,
  type DiasporaId,
  type Guid,
  type Jid,
} from "../activitystreams/ids.ts";
import type { RemotePerson } from "../activitystreams/person.ts";
import { unfollow, follow } from "../bridge/follow.ts";
import type { BridgeEffects, BridgeStore } from "../bridge/ports.ts";
import { publishItem, type CollectedItem } from "../bridge/publish.ts";
import { readPosts } from "../bridge/read.ts";
import { receiveActivity, type VerifiedActivity } from "../bridge/receive.ts";
import { register, unregister, type RegistrationRules } from "../bridge/registration.ts";
import { mayRegister } from "../commands/registration-policy.ts";
import type { RegistrationPolicy } from "../commands/registration-policy.ts";
import type { Config } from "../config.ts";
import { DxError } from "../errors/error.ts";
import type { Signer } from "../federation/signer.ts";
import { photoAddress } from "../media/names.ts";
import { createKeyReserve } from "../salmon/key-reserve.ts";
import { createStore } from "../store/adapter.ts";
import { idHostsOf } from "./site.ts";
import type { Storage } from "./storage.ts";

export interface RulesOptions {
  readonly config: Config;
  readonly storage: Storage;
  readonly discover: (id: DiasporaId) => Promise<RemotePerson>;
  readonly signer: Signer;
  readonly wake: (kind: "pod" | "person" | "jid") => void;
}

export type Rules = ReturnType<typeof createRules>;

export function createRules(options: RulesOptions) {
  const { config, storage } = options;
  const store: BridgeStore = createStore(storage.db, storage.vault, storage.remotes);
  const effects = effectsOf(options, store);
  const registration = registrationRules(config);
  return {
    store,
    findRemote: effects.findRemote,
    publish: (item: CollectedItem) => publishItem(item, store, effects),
    receive: (received: VerifiedActivity, inboxId: string) =>
      receiveActivity(received, inboxId, store, effects),
    follow: (jid: Jid, id: DiasporaId, node: string) => follow(jid, id, node, store, effects),
    unfollow: (jid: Jid, id: DiasporaId, node: string) => unfollow(jid, id, node, store, effects),
    register: (jid: Jid) => register(jid, registration, store, effects),
    unregister: (jid: Jid) => unregister(jid, store),
    read: (id: DiasporaId, reader: Jid, wanted: { max: number; ids?: readonly string[] }) =>
      readPosts(id, reader, wanted, store),
  };
}

function effectsOf(options: RulesOptions, store: BridgeStore): BridgeEffects {
  const { storage } = options;
  const reserve = createKeyReserve();
  const ownHosts = idHostsOf(options.config);
  return {
    digest: storage.vault.digest,
    randomGuid: () => newGuid(),
    photoAddress: (guid, source) => photoAddress(options.config.diaspora.url, guid, source),
    now: () => new Date(),
    findRemote: async (id) => {
      // One of our own under a virtual address would go round in a circle.
      if (ownHosts.includes(hostOf(id))) throw new DxError("DX_PERSON_NOT_FOUND");
      const known = await store.remoteById(id);
      if (known !== null) return known;
      return await storage.remotes.remember(await options.discover(id));
    },
    generateKeys: reserve.take,
    wake: options.wake,
    prepare: options.signer.prepare,
  };
}

function newGuid(): Guid {
  const guid = parseGuid(randomBytes(16).toString("hex"));
  if (guid === null) throw new DxError("DX_INTERNAL");
  return guid;
}

export function registrationPolicy(config: Config): RegistrationPolicy {
  const { registration, domains } = config.xmpp;
  if (registration === "any") return { kind: "any" };
  const served = domains.map((domain) => domain.name);
  return {
    kind: "domains",
    domains: registration === "local" ? served : [...served, ...registration],
  };
}

function registrationRules(config: Config): RegistrationRules {
  const policy = registrationPolicy(config);
  const hosts = new Map(config.xmpp.domains.map((domain) => [domain.name, domain.diasporaDomain]));
  const main = config.xmpp.domains[0];
  return {
    admits: (jid) => mayRegister(policy, jid),
    diasporaIdOf: (jid) => {
      const domain = domainOf(jid);
      const own = hosts.get(domain);
      // People of other servers are named in full, below the main domain (addressing: code J).
      return own === undefined
        ? diasporaIdFor(jid, main?.name ?? "", config.diaspora.domain)
        : diasporaIdFor(jid, domain, own);
    },
  };
}
