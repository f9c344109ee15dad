/**
 * What people tell of themselves in nodes of their own: card (XEP-0292), picture (XEP-0084), nick
 * (XEP-0172). All of it is read as a stranger reads it, so nothing that is not for everybody ever
 * comes to the bridge; an event only says that it is time to look.
 */
import type { Jid } from "../activitystreams/ids.ts";
import type { Avatar, ProfileChange } from "../activitystreams/profile.ts";
import { describeError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import { NODE_VCARD4, NS_AVATAR_DATA, NS_AVATAR_METADATA, NS_NICK } from "../pep/namespaces.ts";
import { avatarInNode, readAvatarData, readAvatarMetadata } from "../pep/profile/avatar.ts";
import { readNick } from "../pep/profile/nick.ts";
import { profileFromVcard4 } from "../pep/profile/vcard4.ts";
import type { XmlElement } from "../xml/element.ts";
import type { FeedReader } from "./feed-reader.ts";
import { createKeyedQueue } from "./keyed-queue.ts";

export interface OwnProfile {
  /** Something in it may have changed. */
  look(jid: Jid): void;
  stop(): Promise<void>;
}

export interface OwnProfileOptions {
  readonly reader: Pick<FeedReader, "readAsStranger">;
  readonly isRegistered: (jid: Jid) => Promise<boolean>;
  readonly profileChanged: (jid: Jid, change: ProfileChange) => Promise<void>;
  readonly log: Log;
}

/** One look is under way, and one behind it sees whatever comes meanwhile. */
const MAX_WAITING = 2;

export function createOwnProfile(options: OwnProfileOptions): OwnProfile {
  const queue = createKeyedQueue<Jid>({ perKey: MAX_WAITING }, (jid, error) => {
    options.log.info({ jid, error: describeError(error) }, "a profile was not read");
  });
  return {
    look: (jid) => {
      queue.add(jid, () => read(jid, options));
    },
    stop: queue.idle,
  };
}

async function read(jid: Jid, options: OwnProfileOptions): Promise<void> {
  if (!(await options.isRegistered(jid))) return;
  const { reader } = options;
  const card = await newest(jid, NODE_VCARD4, reader);
  const nick = await newest(jid, NS_NICK, reader);
  const metadata = await newest(jid, NS_AVATAR_METADATA, reader);
  await options.profileChanged(jid, {
    vcard: profileFromVcard4(card, true),
    nick: readNick(nick),
    avatar: await pictureOf(jid, metadata, reader),
  });
}

async function newest(
  jid: Jid,
  node: string,
  reader: OwnProfileOptions["reader"],
): Promise<XmlElement | undefined> {
  const reading = await reader.readAsStranger(jid, node);
  return reading.state === "read" ? reading.items.at(-1)?.payload : undefined;
}

/** XEP-0084 §3.2: the data's item is called as the picture's hash. */
async function pictureOf(
  jid: Jid,
  metadata: XmlElement | undefined,
  reader: OwnProfileOptions["reader"],
): Promise<Avatar | null> {
  const info = avatarInNode(readAvatarMetadata(metadata) ?? []);
  if (info === null) return null;
  const reading = await reader.readAsStranger(jid, NS_AVATAR_DATA, info.sha1);
  const item = reading.state === "read" ? reading.items.at(-1) : undefined;
  const picture = readAvatarData(item?.payload);
  return picture?.sha1 === info.sha1 ? picture : null;
}
