/** The namespaces and nodes of this room, with the XEP that each belongs to. */

/** RFC 4287. */
export const NS_ATOM = "http://www.w3.org/2005/Atom";
/** ActivityStreams 1.0 as elements; verbs and types are IRIs below NS_ACTIVITY_SCHEMA. */
export const NS_ACTIVITY = "http://activitystrea.ms/spec/1.0/";
export const NS_ACTIVITY_SCHEMA = "http://activitystrea.ms/schema/1.0/";
/** XEP-0060. */
export const NS_PUBSUB = "http://jabber.org/protocol/pubsub";
export const NS_PUBSUB_EVENT = "http://jabber.org/protocol/pubsub#event";
/** XEP-0080. */
export const NS_GEOLOC = "http://jabber.org/protocol/geoloc";
/** XEP-0277: the node of a person's posts. */
export const NODE_MICROBLOG = "urn:xmpp:microblog:0";
/** XEP-0277: what a client or collector announces to get them. */
export const NOTIFY_MICROBLOG = `${NODE_MICROBLOG}+notify`;
