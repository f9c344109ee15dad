/** What is in the nodes that tell who a virtual person is, made from what is known of them. */
import { isAbout, type Place, type Profile } from "../activitystreams/activity.ts";
import type { DiasporaId, Jid } from "../activitystreams/ids.ts";
import { el, type XmlElement } from "../xml/element.ts";
import { NODE_MICROBLOG, NS_MOVED } from "./namespaces.ts";
import { jidOfId } from "./nodes/context.ts";
import type { PepReads, ProfileItem, ProfileNode } from "./ports.ts";
import { avatarData, avatarMetadata } from "./profile/avatar.ts";
import { shownName } from "./profile/card.ts";
import { geolocFromPlace } from "./profile/geoloc.ts";
import { nickElement } from "./profile/nick.ts";
import { subscriberElement, subscriptionElement } from "./profile/public-subscriptions.ts";
import { vcard4Of } from "./profile/vcard4.ts";

/** A picture of somebody, small enough for XMPP (XEP-0084). */
export interface PersonPicture {
  /** Lower-case hex, of these very bytes. */
  readonly sha1: string;
  readonly bytes: Buffer;
  readonly type: string;
  readonly width: number;
  readonly height: number;
}

export interface ProfileFacts extends Pick<PepReads, "stream" | "subscribers"> {
  /** The component's domain. */
  readonly component: Jid;
  /** `url`: where the person is found in a browser. null: nobody here has heard of them. */
  profile(
    person: DiasporaId,
    reader: Jid,
  ): Promise<{ readonly profile: Profile; readonly url?: string } | null>;
  /** null when there is none, or it cannot be had now. */
  picture(person: DiasporaId): Promise<PersonPicture | null>;
  /** People here whom this person reads, and who let it be seen. */
  follows(person: DiasporaId): Promise<readonly Jid[]>;
  /** null for who is where they were. */
  movedTo(person: DiasporaId): Promise<DiasporaId | null>;
}

/** Among the newest posts: where they were written. */
const POSTS_WITH_PLACES = 50;

export function profileReads(facts: ProfileFacts): Pick<PepReads, "profileItems" | "profileNodes"> {
  return {
    profileItems: (person, node, reader) => itemsOf(facts, person, node, reader),
    profileNodes: (person, reader) => nodesOf(facts, person, reader),
  };
}

async function itemsOf(
  facts: ProfileFacts,
  person: DiasporaId,
  node: ProfileNode,
  reader: Jid,
): Promise<readonly ProfileItem[] | null> {
  // XEP-0283 §3.1: of who has moved it is all that there is.
  const movedTo = node === NS_MOVED ? await facts.movedTo(person) : null;
  if (movedTo !== null) return movedItem(movedTo, facts.component);
  const found = await facts.profile(person, reader);
  if (found === null) return null;
  const { profile, url } = found;
  switch (node) {
    case "urn:xmpp:vcard4": {
      const jid = jidOfId(person, facts.component);
      return one("current", vcard4Of(profile, { jid, id: person, url }));
    }
    case "http://jabber.org/protocol/nick":
      return one("current", nickElement(shownName(profile, person)));
    case "urn:xmpp:avatar:metadata":
      return pictureItem(await facts.picture(person), metadataOf);
    case "urn:xmpp:avatar:data":
      return pictureItem(await facts.picture(person), avatarData);
    case "urn:xmpp:pps:subscriptions:0":
      return (await facts.follows(person)).map((jid) => ({
        id: jid,
        payload: subscriptionElement({ service: jid, node: NODE_MICROBLOG }),
      }));
    case "urn:xmpp:pps:subscribers:0/urn:xmpp:microblog:0":
      return (await facts.subscribers({ type: "posts", person })).map((jid) => ({
        id: jid,
        payload: subscriberElement(jid),
      }));
    case "urn:xmpp:moved:1":
      return [];
    case "http://jabber.org/protocol/geoloc":
    case "geo/current":
      return (await placesOf(facts, person, reader)).slice(0, 1);
    case "geo/previous":
      return (await placesOf(facts, person, reader)).slice(1, 2);
    // Nobody on the federation tells where they are going.
    case "geo/future":
    case "geo/next":
      return [];
  }
}

async function nodesOf(
  facts: ProfileFacts,
  person: DiasporaId,
  reader: Jid,
): Promise<readonly ProfileNode[]> {
  const found = await facts.profile(person, reader);
  if (found === null) return [];
  const places = await placesOf(facts, person, reader);
  const pictures = ["urn:xmpp:avatar:metadata", "urn:xmpp:avatar:data"] as const;
  return [
    "urn:xmpp:vcard4",
    "http://jabber.org/protocol/nick",
    ...(found.profile.photo === undefined ? [] : pictures),
    ...(["geo/current", "geo/previous"] as const).slice(0, places.length),
  ];
}

function one(id: string, payload: XmlElement): readonly ProfileItem[] {
  return [{ id, payload }];
}

/** XEP-0084 §4.1: both items are called by the hash of the picture. */
function pictureItem(
  picture: PersonPicture | null,
  payload: (picture: PersonPicture) => XmlElement,
): readonly ProfileItem[] {
  return picture === null ? [] : one(picture.sha1, payload(picture));
}

function metadataOf({ bytes, ...picture }: PersonPicture): XmlElement {
  return avatarMetadata([{ ...picture, bytes: bytes.length }]);
}

/** XEP-0283 §3.1. */
function movedItem(to: DiasporaId, component: Jid): readonly ProfileItem[] {
  const jid = el("new-jid", {}, jidOfId(to, component));
  return one("current", el("moved", { xmlns: NS_MOVED }, jid));
}

/** The last two places of posts, as buddycloud has them: where somebody is, and was before. */
async function placesOf(
  facts: ProfileFacts,
  person: DiasporaId,
  reader: Jid,
): Promise<readonly ProfileItem[]> {
  const query = { max: POSTS_WITH_PLACES, order: "creation", counted: false } as const;
  const page = await facts.stream(person, reader, query);
  return (page?.items ?? [])
    .flatMap(({ activity, itemId }) => {
      const place = isAbout(activity, "note") ? activity.object.location : undefined;
      return place === undefined
        ? []
        : [{ id: itemId, payload: placeAt(place, activity.published) }];
    })
    .slice(0, 2);
}

/** XEP-0080 §3: a place without its time would be where the person is now. */
function placeAt(place: Place, at: Date): XmlElement {
  const { name, attrs, children } = geolocFromPlace(place);
  return el(name, attrs, [...children, el("timestamp", {}, at.toISOString())]);
}
