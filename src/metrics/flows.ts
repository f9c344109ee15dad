/** The stages of the two flows, in their order (docs/architecture.md). */
import { LONG, QUICK, type Section } from "./entry.ts";
import {
  ANSWERS,
  CODES,
  CONDITIONS,
  DELIVERIES,
  DOORS,
  DROPPED,
  MESSAGES,
  POST_ANSWERS,
  PUT_OFF_CODES,
  STANZAS,
} from "./labels.ts";

/** diaspora* → the database. */
export const FROM_PODS = {
  diaspora_x_http_requests_total: {
    type: "counter",
    help: "HTTP requests by what was asked for and what was answered. 202: a message is kept.",
    labels: { door: DOORS, answer: ANSWERS },
  },
  diaspora_x_http_answer_seconds: {
    type: "histogram",
    help: "From the head of a request to the end of its answer.",
    labels: { door: DOORS },
    buckets: QUICK,
  },
  diaspora_x_inbox_stored_total: {
    type: "counter",
    help: "Messages that were kept to be worked on.",
    labels: { kind: MESSAGES },
  },
  diaspora_x_inbox_refused_total: {
    type: "counter",
    help: "Messages that could not be kept: their pod was asked to come back (503). By the error's code (docs/errors.md).",
    labels: { code: PUT_OFF_CODES },
  },
  diaspora_x_inbox_oldest_seconds: {
    type: "gauge",
    help: "How long the oldest message waits that has not been tried yet; 0 when none does.",
    labels: {},
    shared: true,
  },
  diaspora_x_open_seconds: {
    type: "histogram",
    help: "How long a message took to be decrypted, verified and read, lookups of keys included.",
    labels: { kind: MESSAGES },
    buckets: QUICK,
  },
  diaspora_x_verified_total: {
    type: "counter",
    help: "Messages whose signatures were proven.",
    labels: { kind: MESSAGES },
  },
  diaspora_x_received_errors_total: {
    type: "counter",
    help: "Tries of a message that failed, when it was opened or when it was stored, by the error's code (docs/errors.md). Whether it is tried again: see the next.",
    labels: { stage: ["open", "store"], code: CODES },
  },
  diaspora_x_received_total: {
    type: "counter",
    help: "Messages of pods that were worked on: kept, of a kind that is not bridged, put off, refused; orphans belong to something that did not come within a day.",
    labels: { outcome: ["kept", "unsupported", "put-off", "refused", "orphan", "other"] },
  },
  diaspora_x_received_lag_seconds: {
    type: "histogram",
    help: "From the arrival of a message to the transaction that stores what it says.",
    labels: { kind: MESSAGES },
    buckets: LONG,
  },
} as const satisfies Section;

/** XMPP → the database. */
export const FROM_XMPP = {
  diaspora_x_stanzas_received_total: {
    type: "counter",
    help: "Stanzas that came by the component stream.",
    labels: { kind: STANZAS },
  },
  diaspora_x_stanzas_dropped_total: {
    type: "counter",
    help: "What a server, a client or somebody who plays one sent and was not believed.",
    labels: { reason: DROPPED },
  },
  diaspora_x_requests_refused_total: {
    type: "counter",
    help: "Questions (IQs) that were answered with an error, by its condition (RFC 6120 §8.3.3).",
    labels: { condition: CONDITIONS },
  },
  diaspora_x_published_total: {
    type: "counter",
    help: "Items of people's own nodes by what became of them.",
    labels: {
      outcome: [
        "published",
        "changed",
        "shared",
        "withheld",
        "before",
        "known",
        "empty",
        "unknown",
        "other",
      ],
    },
  },
  diaspora_x_publish_seconds: {
    type: "histogram",
    help: "How long the rules and the transaction took for an item that was found in somebody's node.",
    labels: {},
    buckets: QUICK,
  },
} as const satisfies Section;

/** The database → both networks. */
export const GOING_OUT = {
  diaspora_x_deliveries_waiting: {
    type: "gauge",
    help: "What waits to go out, by where it goes: to a pod, to a person on a pod, to a JID, to the readers of a stream, into a node. Counted up to 10,000 of each.",
    labels: { kind: DELIVERIES },
    shared: true,
  },
  diaspora_x_deliveries_oldest_seconds: {
    type: "gauge",
    help: "For how long the first of the destinations that answer has been due; 0 when none is. Those that back off are not among them.",
    labels: { kind: DELIVERIES },
    shared: true,
  },
  diaspora_x_deliveries_total: {
    type: "counter",
    help: "What became of deliveries; those that were put off are tried again. One to a stream is for all of its readers.",
    labels: { kind: DELIVERIES, outcome: ["delivered", "refused", "put-off", "other"] },
  },
  diaspora_x_delivery_lag_seconds: {
    type: "histogram",
    help: "From the transaction that stored something to the answer of the pod, or to the XMPP server's answer behind it (the barrier).",
    labels: { kind: DELIVERIES },
    buckets: LONG,
  },
  diaspora_x_destinations_unreachable_total: {
    type: "counter",
    help: "How often a destination did not answer, so that everything for it was put off.",
    labels: { kind: DELIVERIES },
  },
  diaspora_x_destinations_backing_off: {
    type: "gauge",
    help: "Destinations that did not answer and for which something waits. Counted up to 10,000 of each kind.",
    labels: { kind: DELIVERIES },
    shared: true,
  },
  diaspora_x_destinations_silent: {
    type: "gauge",
    help: "Pods, and people's mailboxes there, that have not answered for 14 days: what has waited so long is given up. Counted among 10,000 that are away.",
    labels: { kind: ["pod", "person", "other"] },
    shared: true,
  },
  diaspora_x_posts_total: {
    type: "counter",
    help: "What pods answered to what was posted to them, or why there was no answer; forbidden: their address may not be contacted.",
    labels: { answer: POST_ANSWERS },
  },
  diaspora_x_post_seconds: {
    type: "histogram",
    help: "How long pods took to answer, or to be given up.",
    labels: { outcome: ["answered", "failed"] },
    buckets: QUICK,
  },
  diaspora_x_key_operation_seconds: {
    type: "histogram",
    help: "How long operations with people's private keys took, off the event loop, the wait for a thread included.",
    labels: { operation: ["decrypt", "sign", "other"] },
    buckets: QUICK,
  },
  diaspora_x_key_operations: {
    type: "gauge",
    help: "Operations with people's private keys that wait or are under way.",
    labels: { operation: ["decrypt", "sign", "other"] },
  },
  diaspora_x_stanzas_sent_total: {
    type: "counter",
    help: "Stanzas that were handed to the component stream; what somebody reads counts once for each reader.",
    labels: { kind: STANZAS },
  },
  diaspora_x_barrier_seconds: {
    type: "histogram",
    help: "How long the XMPP server took to answer behind what was sent to it.",
    labels: {},
    buckets: QUICK,
  },
} as const satisfies Section;
