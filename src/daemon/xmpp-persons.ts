/** Virtual people, put together: their pubsub service, disco, presence, vCard. */
import { randomUUID } from "node:crypto";
import type { Jid } from "../activitystreams/ids.ts";
import { virtualJid } from "../activitystreams/virtual-jid.ts";
import { POSTS_NODE } from "../bridge/nodes.ts";
import { createDisco, type Disco } from "../connector/disco.ts";
import { personPresence } from "../connector/person-presence.ts";
import { personVcard } from "../connector/person-vcard.ts";
import { pingHandler } from "../connector/ping.ts";
import { pubsubDisco, pubsubHandlers } from "../connector/pubsub-handlers.ts";
import { DxError } from "../errors/error.ts";
import { createNodes } from "../pep/nodes/nodes.ts";
import { vcardTempOf } from "../pep/profile/vcard-temp.ts";
import { createPubsubService, type PubsubService } from "../pep/pubsub/service.ts";
import { fetchedAvatar } from "../store/avatars.ts";
import { guarded } from "../store/database.ts";
import { isFollowedByPresence } from "../store/subscriptions.ts";
import { createPepReads, visited } from "./pep-reads.ts";
import { createPepWrites } from "./pep-writes.ts";
import { CAPS_NODE, type XmppParts } from "./xmpp-parts.ts";

/** Of the component and of everybody on it. */
export function createService(parts: XmppParts): PubsubService {
  return createPubsubService({
    nodes: createNodes({
      component: parts.domain,
      ports: { ...createPepReads(parts), ...createPepWrites(parts.rules) },
    }),
    effects: { newItemId: randomUUID },
  });
}

export function addPersons(parts: XmppParts, service: PubsubService): Disco {
  const { router, rules, storage, send } = parts;
  const disco = createDisco({
    to: "person",
    identities: [
      { category: "account", type: "registered" },
      { category: "pubsub", type: "pep" },
    ],
    capsNode: CAPS_NODE,
    features: () => router.features("person"),
    exists: async (to, asker) => {
      const person = to.person === null ? null : await visited(parts, asker, to.person);
      if (person === null) throw new DxError("DX_ITEM_NOT_FOUND");
    },
    ...pubsubDisco(service),
  });
  router.add([
    ...disco.handlers,
    pingHandler("person"),
    ...pubsubHandlers(service, "person"),
    personVcard((asker, id) => vcardOf(parts, asker, id)),
    personPresence({
      send,
      caps: disco.caps,
      pictureHash: (id) => knownPicture(parts, id),
      ports: {
        follow: (jid, id) => rules.follow({ jid, id, node: POSTS_NODE, by: "presence" }),
        unfollow: (jid, id) => rules.unfollow({ jid, id, node: POSTS_NODE, by: "presence" }),
        async isFollowing(jid, id) {
          const person = await rules.store.remoteById(id);
          if (person === null) return false;
          return await guarded(() => isFollowedByPresence(storage.db, person.key, jid));
        },
        accept: rules.acceptFollower,
        withdraw: rules.withdrawFrom,
      },
    }),
  ]);
  return disco;
}

/** As far as somebody has asked for it already: a presence waits for nobody's pod. */
async function knownPicture(
  { rules, storage }: XmppParts,
  id: Parameters<typeof visited>[2],
): Promise<string | null> {
  const url = (await rules.store.remoteById(id))?.photoUrl;
  if (url === undefined) return null;
  const known = await guarded(() => fetchedAvatar(storage.db, url));
  return known?.picture?.sha1 ?? null;
}

async function vcardOf(
  parts: XmppParts,
  asker: Jid,
  id: Parameters<typeof visited>[2],
): Promise<ReturnType<typeof vcardTempOf>> {
  const person = await visited(parts, asker, id);
  if (person === null) throw new DxError("DX_ITEM_NOT_FOUND");
  const account = await parts.rules.store.accountByJid(asker);
  const profile = await parts.rules.store.profileOf(person, account?.key ?? null);
  const avatar = await parts.avatars.of(person);
  const url = `${person.podUrl}people/${person.guid}`;
  const owner = { id, jid: virtualJid(id, parts.domain), url };
  return vcardTempOf(profile, owner, avatar ?? undefined);
}
