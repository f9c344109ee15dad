/** What chat messages carry beside their words, with the XEP that each belongs to. */

/** XEP-0461 Message Replies. */
export const NS_REPLY = "urn:xmpp:reply:0";
/** XEP-0428 Fallback Indication. */
export const NS_FALLBACK = "urn:xmpp:fallback:0";
/** XEP-0444 Message Reactions. */
export const NS_REACTIONS = "urn:xmpp:reactions:0";
/** XEP-0308 Last Message Correction. */
export const NS_CORRECT = "urn:xmpp:message-correct:0";
/** XEP-0424 Message Retraction, and what version 0.3 was: an element inside XEP-0422's. */
export const NS_RETRACT = "urn:xmpp:message-retract:1";
export const NS_RETRACT_OLD = "urn:xmpp:message-retract:0";
export const NS_FASTEN = "urn:xmpp:fasten:0";
/** XEP-0184 Message Delivery Receipts. */
export const NS_RECEIPTS = "urn:xmpp:receipts";
/** XEP-0359 Unique and Stable Stanza IDs. */
export const NS_SID = "urn:xmpp:sid:0";
/** XEP-0066 Out of Band Data. */
export const NS_OOB = "jabber:x:oob";
/** XEP-0334 Message Processing Hints. */
export const NS_HINTS = "urn:xmpp:hints";
/** XEP-0280 Message Carbons. */
export const NS_CARBONS = "urn:xmpp:carbons:2";
/** XEP-0297 Stanza Forwarding. */
export const NS_FORWARD = "urn:xmpp:forward:0";
/** XEP-0045 Multi-User Chat, and XEP-0249's invitations to one. */
export const NS_MUC_USER = "http://jabber.org/protocol/muc#user";
export const NS_CONFERENCE = "jabber:x:conference";
