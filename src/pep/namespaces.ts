/** The namespaces and nodes of this room, with the XEP that each belongs to. */

/** RFC 4287. */
export const NS_ATOM = "http://www.w3.org/2005/Atom";
/** RFC 4685: replies. */
export const NS_THREADING = "http://purl.org/syndication/thread/1.0";
/** ActivityStreams 1.0 as elements; verbs and types are IRIs below NS_ACTIVITY_SCHEMA. */
export const NS_ACTIVITY = "http://activitystrea.ms/spec/1.0/";
export const NS_ACTIVITY_SCHEMA = "http://activitystrea.ms/schema/1.0/";
/** OneSocialWeb's access rules and object types. */
export const NS_ONESOCIALWEB = "http://onesocialweb.org/spec/1.0/";
/** XEP-0060. */
export const NS_PUBSUB = "http://jabber.org/protocol/pubsub";
export const NS_PUBSUB_EVENT = "http://jabber.org/protocol/pubsub#event";
/** XEP-0004. */
export const NS_DATA = "jabber:x:data";
/** XEP-0080; the node of a person's place too. */
export const NS_GEOLOC = "http://jabber.org/protocol/geoloc";
/** XEP-0277: the node of a person's posts. */
export const NODE_MICROBLOG = "urn:xmpp:microblog:0";
/** XEP-0277: what a client or collector announces to get them. */
export const NOTIFY_MICROBLOG = `${NODE_MICROBLOG}+notify`;
/** XEP-0277: before the name of the post that is commented on. */
export const NODE_COMMENTS = `${NODE_MICROBLOG}:comments/`;
/** XEP-0471, and as Libervia still writes it. */
export const NS_CALENDAR = "urn:xmpp:calendar-events:0";
export const NS_EVENTS_LIBERVIA = "urn:xmpp:events:0";
/** XEP-0470; followed by `/` and the URI of the item, the node of what is attached to it. */
export const NS_ATTACHMENTS = "urn:xmpp:pubsub-attachments:1";
export const NS_ATTACHMENTS_SUMMARY = "urn:xmpp:pubsub-attachments:summary:1";
/** XEP-0292; the node and its element. */
export const NODE_VCARD4 = "urn:xmpp:vcard4";
export const NS_VCARD4 = "urn:ietf:params:xml:ns:vcard-4.0";
/** XEP-0054. */
export const NS_VCARD_TEMP = "vcard-temp";
/** XEP-0084; the nodes too. */
export const NS_AVATAR_METADATA = "urn:xmpp:avatar:metadata";
export const NS_AVATAR_DATA = "urn:xmpp:avatar:data";
/** XEP-0172; the node too. */
export const NS_NICK = "http://jabber.org/protocol/nick";
export const NS_MOVED = "urn:xmpp:moved:1";
/** XEP-0465. */
export const NS_PUBLIC_SUBSCRIPTIONS = "urn:xmpp:pps:0";
export const NODE_PUBLIC_SUBSCRIPTIONS = "urn:xmpp:pps:subscriptions:0";
export const NODE_PUBLIC_SUBSCRIBERS = "urn:xmpp:pps:subscribers:0/";
/** Ours: who may see an entry, where it passed, votes, what XEP-0471 has no element for. */
export const NS_DIASPORA_X = "urn:diaspora-x:0";
/** Ours: the FORM_TYPE of a poll. */
export const FORM_POLL = "urn:diaspora-x:poll:0";
