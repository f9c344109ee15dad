/**
 * `diaspora-x/salmon`: the wire protocol of the diaspora\* federation, for other programs.
 * Keys, magic envelopes, encrypted envelopes, entities, relayables, discovery documents, and
 * activities as a form of all of it that does not know the wire. No network, no clock that
 * cannot be given, no store: what has to be asked of the world is a function in an argument.
 * The facts are in docs/diaspora-protocol.md (§), examples in docs/library.md.
 *
 * Every failure is a {@link DxError} with a stable code (docs/errors.md).
 *
 * @module
 */
// The one door for outsiders: nobody inside imports it, and what is named here is kept.

// Errors.
export { DxError, isDxError } from "../errors/error.ts";
export type { DxErrorOptions, Evidence } from "../errors/error.ts";
export type { ErrorCode, ErrorEntry } from "../errors/registry.ts";
export type { StanzaErrorCondition, StanzaErrorType } from "../errors/registry.ts";

// Names (§1).
export { hostOf, parseDiasporaId, parseGuid, userOf } from "../activitystreams/ids.ts";
export type { DiasporaId, Guid, Jid } from "../activitystreams/ids.ts";

// Keys (§1).
export { generateKeyPair, importPrivateKey, importPublicKey } from "./keys.ts";
export type { KeyPairPem } from "./keys.ts";

// XML, read carefully.
export { decodeXml, readXml } from "../xml/reader.ts";
export type { XmlLimits } from "../xml/reader.ts";
export type { XmlElement, XmlNode } from "../xml/element.ts";

// Entities (§3).
export { makeEntity } from "./entities/complete.ts";
export type { Raw, RawValue } from "./entities/complete.ts";
export { isEntityName } from "./entities/entity.ts";
export type { Entity, EntityName, EntityNamed, EntityOf } from "./entities/entity.ts";
export type { PropertiesOf, RelayParts } from "./entities/entity.ts";
export type { Scalar } from "./entities/property.ts";
export { readEntity } from "./entities/read.ts";
export { writeEntity } from "./entities/write.ts";

// Magic envelopes (§4) and encrypted envelopes (§6).
export { claimedSender, MAGIC_ENVELOPE_TYPE } from "./magic-envelope.ts";
export { sealEnvelope, verifyEnvelope } from "./magic-envelope.ts";
export type { MagicEnvelope } from "./magic-envelope.ts";
export { readEnvelope } from "./read-envelope.ts";
export { decryptEnvelope, encryptEnvelope } from "./encrypted-envelope.ts";
export type { Random } from "./aes.ts";
export { createDecryptPool } from "./decrypt-pool.ts";
export type { DecryptPool, DecryptPoolOptions } from "./decrypt-pool.ts";

// Relayables (§5) and moved accounts (§8).
export { migrationSignedText, signRelayable } from "./author-signature.ts";
export { signText, verifyText } from "./author-signature.ts";
export { relayableSignedText } from "./entities/write.ts";
export { relayedPayload, relayEnvelope } from "./relay.ts";

// Receiving (§15).
export { openPrivate, openPublic } from "./receive/open.ts";
export type { OpenedMessage, PrivateRecipient } from "./receive/open.ts";
export type { OpenDeps, RelatedEntity } from "./receive/related.ts";

// Links and mentions in texts (§14).
export { findDiasporaLinks } from "./links.ts";
export type { DiasporaLink } from "./links.ts";
export { mentionsIn, writeMention } from "../activitystreams/mentions.ts";
export type { Mention } from "../activitystreams/mentions.ts";

// Discovery documents (§11).
export { checkSubject, parseWebfingerJrd, webfingerJrd } from "./discovery/webfinger.ts";
export type { Jrd, Link, WebFinger, WebFingerPerson } from "./discovery/webfinger.ts";
export { expandTemplate, hostMeta, parseHostMeta } from "./discovery/xrd.ts";
export { parseWebfingerXrd, webfingerXrd } from "./discovery/xrd.ts";
export { hcardHtml, parseHCard } from "./discovery/hcard.ts";
export type { HCard, HCardPerson } from "./discovery/hcard.ts";
export { personFromDiscovery } from "./discovery/person.ts";
export type { RemotePerson } from "../activitystreams/person.ts";

// NodeInfo (§12).
export { isNodeInfoVersion, NODEINFO_VERSIONS } from "./discovery/nodeinfo.ts";
export { nodeinfoDocument, nodeinfoLinks } from "./discovery/nodeinfo.ts";
export { parseNodeinfo, parseNodeinfoLinks } from "./discovery/nodeinfo.ts";
export type { NodeInfoFacts, NodeInfoVersion, NodeSoftware } from "./discovery/nodeinfo.ts";

// Entity ⇄ Activity.
export { activityToEntity } from "./translate/to-entity.ts";
export { entityToActivity } from "./translate/from-entity.ts";
export type { Reception } from "./translate/from-entity.ts";
export { isAbout } from "../activitystreams/activity.ts";
export type { Activity, ActivityAbout, ActivityObject } from "../activitystreams/activity.ts";
export type { Actor, Audience, Verb } from "../activitystreams/activity.ts";
export type { Note, Photo, Place, Question, EventObject } from "../activitystreams/activity.ts";
export type { Bookmark, Share, Image, Comment, Opinion } from "../activitystreams/activity.ts";
export type { Vote, Attendance, Participation, Conversation } from "../activitystreams/activity.ts";
export type { Message, Profile, AccountObject, Migration } from "../activitystreams/activity.ts";
export type { PersonObject, Tombstone } from "../activitystreams/activity.ts";
export type { PostActivity, RelationActivity } from "../activitystreams/activity.ts";
export type { DeleteActivity, ShareActivity } from "../activitystreams/activity.ts";
export type { ImageActivity, EventActivity, CommentActivity } from "../activitystreams/activity.ts";
export type { OpinionActivity, VoteActivity } from "../activitystreams/activity.ts";
export type { AttendanceActivity, ParticipationActivity } from "../activitystreams/activity.ts";
export type { ConversationActivity, MessageActivity } from "../activitystreams/activity.ts";
export type { ProfileActivity, TerminateActivity } from "../activitystreams/activity.ts";
export type { MigrationActivity } from "../activitystreams/activity.ts";
