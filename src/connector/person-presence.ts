/**
 * Presence between people here and virtual people (RFC 6121 §3, §4.3): a subscription is a follow,
 * which is all that a chat client can do, and it is granted without asking, as the federation
 * does. Each change is answered once, and no answer is ever answered: two sides that answer each
 * other go on for ever.
 */
import type { DiasporaId, Jid } from "../activitystreams/ids.ts";
import { DxError, isDxError } from "../errors/error.ts";
import { avatarUpdate } from "../pep/profile/avatar.ts";
import { el, type XmlElement } from "../xml/element.ts";
import type { Incoming, PresenceHandler, PresenceType } from "./handler.ts";
import { createSeldom } from "./seldom.ts";

export interface PersonPresencePorts {
  /** Throws what discovery and the rules throw. */
  follow(reader: Jid, person: DiasporaId): Promise<void>;
  /** Throws DX_ITEM_NOT_FOUND when nobody followed by presence. */
  unfollow(reader: Jid, person: DiasporaId): Promise<void>;
  isFollowing(reader: Jid, person: DiasporaId): Promise<boolean>;
  /** The person here lets the virtual one see the presence, and with it what is not public. */
  accept(reader: Jid, person: DiasporaId): Promise<void>;
  withdraw(reader: Jid, person: DiasporaId): Promise<void>;
}

export interface PersonPresenceOptions {
  readonly ports: PersonPresencePorts;
  readonly send: (stanza: XmlElement) => Promise<void>;
  /** XEP-0115 `<c/>` of a virtual person. */
  readonly caps: () => XmlElement;
  /** SHA-1 of the picture in the person's vCard, as far as it is known without asking anybody. */
  readonly pictureHash?: (person: DiasporaId) => Promise<string | null>;
  readonly now?: () => number;
}

/** Of a virtual person, in presence only: events come from the bare JID. */
const RESOURCE = "dx";
/** One pair's probes are answered this often. */
const PROBES = { everyMs: 10_000, keys: 10_000 };

const TYPES = ["subscribe", "subscribed", "unsubscribe", "unsubscribed", "probe"] as const;

interface Meeting {
  readonly options: PersonPresenceOptions;
  readonly person: DiasporaId;
  readonly reader: Jid;
  readonly virtual: Jid;
  readonly mayAnswerProbe: () => boolean;
}

export function personPresence(options: PersonPresenceOptions): PresenceHandler {
  const probes = createSeldom(PROBES, options.now ?? Date.now);
  return {
    kind: "presence",
    to: "person",
    types: TYPES,
    receive: async ({ stanza, from, to }: Incoming) => {
      // The router hands over only what is addressed to a person.
      if (to.person === null) throw new DxError("DX_ITEM_NOT_FOUND");
      const type = TYPES.find((known) => known === stanza.attrs["type"]);
      const meeting: Meeting = {
        options,
        person: to.person,
        reader: from.bare,
        virtual: to.jid,
        mayAnswerProbe: () => probes.allows(`${from.bare} ${to.jid}`),
      };
      if (type !== undefined) await RECEIVE[type](meeting);
    },
  };
}

const RECEIVE: Readonly<Record<(typeof TYPES)[number], (meeting: Meeting) => Promise<void>>> = {
  async subscribe(meeting) {
    try {
      await meeting.options.ports.follow(meeting.reader, meeting.person);
    } catch (error) {
      await say(meeting, "unsubscribed");
      throw error;
    }
    await say(meeting, "subscribed");
    await beAvailable(meeting);
  },
  async unsubscribe(meeting) {
    try {
      await meeting.options.ports.unfollow(meeting.reader, meeting.person);
    } catch (error) {
      // RFC 6121 §3.3.3: only a change is answered.
      if (isDxError(error, "DX_ITEM_NOT_FOUND")) return;
      throw error;
    }
    await say(meeting, "unavailable");
    await say(meeting, "unsubscribed");
  },
  subscribed: ({ options, reader, person }) => options.ports.accept(reader, person),
  unsubscribed: ({ options, reader, person }) => options.ports.withdraw(reader, person),
  async probe(meeting) {
    if (!meeting.mayAnswerProbe()) return;
    const { options, reader, person } = meeting;
    if (await options.ports.isFollowing(reader, person)) await beAvailable(meeting);
    // RFC 6121 §4.3.2: who has no subscription is told so, and stops asking.
    else await say(meeting, "unsubscribed");
  },
};

function say({ options, virtual, reader }: Meeting, type: PresenceType): Promise<void> {
  const from = type === "unavailable" ? `${virtual}/${RESOURCE}` : virtual;
  return options.send(el("presence", { from, to: reader, type }));
}

async function beAvailable({ options, person, virtual, reader }: Meeting): Promise<void> {
  const from = `${virtual}/${RESOURCE}`;
  const hash = (await options.pictureHash?.(person)) ?? null;
  // XEP-0153 §3.1: without the element nothing is said of the picture, empty there is none.
  const update = hash === null ? null : avatarUpdate(hash);
  await options.send(el("presence", { from, to: reader }, options.caps(), update));
}
