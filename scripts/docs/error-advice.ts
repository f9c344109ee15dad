/**
 * What whoever reads a code in a log, or gets it from the library, can do about it. In
 * docs/errors.md only: nobody on either network is told.
 */
import type { ErrorCode } from "../../src/errors/registry.ts";

const SENDERS_FAULT = "Nothing: the sender's software wrote it so.";
const CLIENTS_FAULT = "Nothing: the XMPP client wrote it so.";
const FORGED = "Nothing for one; many from one pod are an attack or a pod that lost its keys.";
const BY_ITSELF = "Nothing: it is tried again.";
const THEIR_SERVER = "Nothing: it is for whoever runs that server.";

export const ERROR_ADVICE: Readonly<Record<ErrorCode, string>> = {
  DX_XML_MALFORMED: SENDERS_FAULT,
  DX_XML_FORBIDDEN: "Nothing: no honest software of either network sends a DTD.",
  DX_XML_ENCODING: "UTF-8 is what the federation speaks; the sender has to write it.",
  DX_XML_TOO_BIG: "Nothing: it is far above what honest software sends.",

  DX_KEY_INVALID:
    "Of a remote person: nothing, the pod shows no key that can be used. Of your own call: give a PEM with an RSA key of 1024 to 8192 bits.",
  DX_ENVELOPE_INVALID: SENDERS_FAULT,
  DX_ENVELOPE_TYPE: SENDERS_FAULT,
  DX_ENVELOPE_ENCODING: SENDERS_FAULT,
  DX_ENVELOPE_ALGORITHM: SENDERS_FAULT,
  DX_SLAP_AUTHOR: SENDERS_FAULT,
  DX_SLAP_HEADER: SENDERS_FAULT,
  DX_SLAP_ENVELOPE: SENDERS_FAULT,
  DX_SENDER_KEY_NOT_FOUND: "See whether the sender's pod answers WebFinger for its ID.",
  DX_SIGNATURE_INVALID: FORGED,
  DX_DECRYPT_FAILED: `${FORGED} Many from all pods: the keys in the database are not those that the pods know.`,
  DX_ENTITY_NAME_INVALID: SENDERS_FAULT,
  DX_ENTITY_UNKNOWN: "Nothing: the sender speaks of something that the protocol does not have.",
  DX_ENTITY_UNSUPPORTED: "Nothing: it is left out (FEDERATION.md has the list).",
  DX_ENTITY_INVALID:
    "Received: nothing. Made here: the message names the property; mend its value (diaspora-protocol.md §3).",
  DX_AUTHOR_KEY_NOT_FOUND: "See whether the author's pod answers WebFinger for its ID.",
  DX_AUTHOR_SIGNATURE_INVALID:
    "Nothing: the author, or a pod on the way, changed the text after it was signed, or it is forged.",
  DX_PARENT_NOT_FOUND: "Nothing: it is tried again, for the parent may come later.",
  DX_PARENT_NOT_LOCAL: SENDERS_FAULT,
  DX_TARGET_NOT_FOUND: "Nothing: it is tried again, for the target may come later.",
  DX_SENDER_FORBIDDEN: FORGED,
  DX_NOT_PUBLIC: SENDERS_FAULT,
  DX_RECIPIENT_MISMATCH: FORGED,
  DX_DISCOVERY_DOCUMENT: THEIR_SERVER,
  DX_DISCOVERY_INCOMPLETE:
    "Nothing: that server has no person of the diaspora* federation under this name.",
  DX_DISCOVERY_INVALID: THEIR_SERVER,
  DX_DISCOVERY_MISMATCH: "Ask for the person by the ID that their own server uses.",

  DX_ADDRESS_FORBIDDEN:
    "Nothing, if a stranger named the address. If it is a server of your own: `development.allow_private_addresses`, on a developer's machine only.",
  DX_HTTP_UNREACHABLE: `${BY_ITSELF} If no server can be reached, look at DNS and the firewall here.`,
  DX_HTTP_TIMEOUT: BY_ITSELF,
  DX_HTTP_STATUS: BY_ITSELF,
  DX_HTTP_TOO_BIG: THEIR_SERVER,
  DX_HTTP_REDIRECT: THEIR_SERVER,
  DX_FETCH_MISMATCH: FORGED,
  DX_FETCH_LIMIT: BY_ITSELF,
  DX_PERSON_NOT_FOUND: "See whether the ID is written right.",
  DX_PERSON_CHANGED:
    "Ask the person's pod what happened: it was set up anew, or somebody else answers in its name. What is known here is kept.",
  DX_BODY_TOO_BIG:
    "Nothing for one; if honest pods meet it, raise the limit in the configuration and in the proxy.",
  DX_POD_LIMIT: "Nothing: it waits. If honest pods meet it, raise `limits.pod_messages_per_hour`.",
  DX_RATE_LIMITED:
    "If all requests seem to come from one address, name your proxy in `server.trusted_proxies`.",
  DX_PICTURE_REFUSED: "Nothing: what is behind the address is no picture, or too large a one.",
  DX_MEDIA_BUSY: BY_ITSELF,

  DX_IQ_TIMEOUT: "Nothing for one; many: see whether the XMPP server is overloaded.",
  DX_IQ_ERROR: "The log has the other side's condition.",
  DX_STREAM_DOWN: `${BY_ITSELF} If it stays so: is the XMPP server running, and reachable at the component's port?`,
  DX_STANZA_TOO_BIG: "Shorten the text, or raise the XMPP server's limit for stanzas.",
  DX_OUTBOX_FULL: "Nothing for once; if it stays so, the XMPP server takes less than comes in.",
  DX_STANZA_ADDRESS: "Report it: this is a defect.",
  DX_IQS_FULL: "Nothing for once; if it stays so, see why the XMPP server does not answer.",
  DX_COMPONENT_REFUSED:
    "Compare the component's domain and secret here and in the XMPP server's configuration (`print-server-config`).",
  DX_BAD_REQUEST: "Nothing: the request was wrong.",
  DX_NOT_REGISTERED: "The person registers with the gateway first.",
  DX_REGISTRATION_REFUSED: "Add the person's server in the configuration, if it is to be let in.",
  DX_JID_MALFORMED: "Write the address as `alice\\40pod.example@` and the gateway's domain.",
  DX_ITEM_NOT_FOUND: "Nothing: it is not there, or not for the one who asks.",
  DX_FORBIDDEN: "Nothing: it is not for the one who asks.",
  DX_NOT_IMPLEMENTED: "Nothing: the client asked for what is not there.",
  DX_COMMAND_SESSION: "Begin the command again.",
  DX_COMMAND_ACTION: CLIENTS_FAULT,
  DX_COMMAND_STEP: CLIENTS_FAULT,
  DX_COMMAND_PAYLOAD: "Fill in what the form marks as required.",
  DX_ENCRYPTED: "Switch encryption off in the client, for this contact: pods cannot read it.",
  DX_TOO_FAST: "Nothing: it is for whoever writes so fast.",
  DX_SERVICE_UNAVAILABLE: "Nothing: nobody is at that address.",
  DX_PUBSUB_UNSUPPORTED: "Nothing: the client asked for what is not there.",
  DX_PUBSUB_NODE_REQUIRED: CLIENTS_FAULT,
  DX_PUBSUB_JID: CLIENTS_FAULT,
  DX_PUBSUB_NOT_SUBSCRIBED: "Nothing: there was nothing to end.",
  DX_PUBSUB_ITEM_REQUIRED: CLIENTS_FAULT,
  DX_PUBSUB_ITEMS_TOO_MANY: CLIENTS_FAULT,
  DX_PUBSUB_PAYLOAD_REQUIRED: CLIENTS_FAULT,
  DX_PUBSUB_PAYLOAD_INVALID: CLIENTS_FAULT,
  DX_PUBSUB_PAYLOAD_TOO_BIG: "Write less in one piece.",
  DX_PUBSUB_PRECONDITION: "Nothing: the client can publish without options.",
  DX_PUBSUB_NODE_RESERVED: "Nothing: the node is there as soon as something is attached.",
  DX_PERSON_GONE: "Nothing: remove the contact.",
  DX_PERSON_MOVED: "Follow the new account.",
  DX_ACCOUNT_HELD: "The operator decides: `diaspora-x person reopen`, or `close --now`.",
  DX_ACCOUNT_DOUBTED: "Try again in a minute.",
  DX_NOT_MOVED: "Publish the move on the old account first (XEP-0283), or ask the operator.",
  DX_NOT_CONTACT: "The person follows the other one first.",
  DX_INTERNAL: "Report it with the lines of the log around it: this is a defect.",

  DX_BLOCKED: "Nothing, or the one who blocks takes it back.",
  DX_SUSPENDED:
    "Nothing, or the operator lifts it: `diaspora-x pod show` says what stands against a pod, `diaspora-x unblock` ends it.",
  DX_DAILY_LIMIT: "Nothing; if honest people meet it, raise the limit in the configuration.",
  DX_STANDING_INVALID:
    "Name a domain (bad.example), a diaspora* ID (mallory@bad.example), or an XMPP address with xmpp: before it.",
  DX_NOT_YOURS: "Nothing: it is somebody else's.",
  DX_NO_WORDS: "Write something.",
  DX_NO_SUCH_ANSWER: "See which answers the post offers; they count from 1.",
  DX_VOTED: "Nothing: the federation knows no second vote.",
  DX_NOT_SHAREABLE: "Write a post of your own instead.",
  DX_NO_CONTACTS: "Accept a follower's presence request: what is for contacts goes to them.",

  DX_STORE_UNAVAILABLE: `${BY_ITSELF} If it stays so: is PostgreSQL running, and \`database.url\` right?`,
  DX_BACKLOG_FULL:
    "See what does not keep up: the log says what waits. Senders try again by themselves.",
  DX_KEY_MISMATCH: "Give the key that belongs to this database, from the same backup.",
  DX_SCHEMA_OLD: "Run `diaspora-x migrate`.",
  DX_SCHEMA_NEW: "Start the version that brought the tables up to date, or one behind it at most.",
  DX_EMBEDDED_FAILED: "The log has PostgreSQL's own words; or give a database in `database.url`.",
  DX_NAME_TAKEN: "The person chooses another name.",
  DX_ACCOUNT_CLOSED: "Nothing: pods never let a closed account come back.",

  DX_CONFIG_INVALID: "`diaspora-x check-config` names each fault and its mend.",
  DX_USAGE: "`diaspora-x --help` shows the commands.",
  DX_CLIENT_UNREACHABLE: "See whether the server's name and port are right, and that it runs.",
  DX_CLIENT_TLS: "See whether the server's certificate is valid for the domain of the address.",
  DX_CLIENT_LOGIN: "See whether address and password are right.",
  DX_CLIENT_ACCOUNT: "The server may not let everybody register; or the account exists.",
  DX_CLIENT_CLOSED: "Start the command again.",
};
