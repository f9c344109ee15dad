/** How the daemon is: what `/ready` says, its connections, its queues, its event loop. */
import type { Section } from "./entry.ts";
import { PARTS, QUEUES } from "./labels.ts";

export const STATE = {
  diaspora_x_build_info: {
    type: "gauge",
    help: "1, with the version that runs.",
    labels: { version: [] },
  },
  diaspora_x_ready: {
    type: "gauge",
    help: "1 for each part of `/ready` that is well, 0 for each that is not.",
    labels: { part: PARTS },
  },
  diaspora_x_stream_online: {
    type: "gauge",
    help: "1 while the component is logged in at the XMPP server.",
    labels: {},
  },
  diaspora_x_stream_holder: {
    type: "gauge",
    help: "1 where this process holds the component, 0 where it stands by.",
    labels: {},
  },
  diaspora_x_stream_logins_total: {
    type: "counter",
    help: "How often the component has logged in.",
    labels: {},
  },
  diaspora_x_stream_losses_total: {
    type: "counter",
    help: "How often the component's stream has ended, whoever ended it.",
    labels: {},
  },
  diaspora_x_stream_waiting_bytes: {
    type: "gauge",
    help: "What waits to be written to the component's stream: it grows while the XMPP server reads slowly.",
    labels: {},
  },
  diaspora_x_database_up: {
    type: "gauge",
    help: "1 while the database answers within 0.8 seconds and takes writes.",
    labels: {},
  },
  diaspora_x_database_writable: {
    type: "gauge",
    help: "0 while the database refuses to write, though it may answer: its disk is full or fails, or it is the standby of another.",
    labels: {},
  },
  diaspora_x_database_ping_seconds: {
    type: "gauge",
    help: "How long the database took for its last answer to a question that is no work, the wait for a connection of the pool included.",
    labels: {},
  },
  diaspora_x_database_connections: {
    type: "gauge",
    help: "Connections of the pool, and who waits for one.",
    labels: { state: ["used", "free", "waiting", "other"] },
  },
  diaspora_x_event_loop_delay_seconds: {
    type: "gauge",
    help: "How much later than planned the event loop turned since these figures were last read.",
    labels: { quantile: ["0.5", "0.99", "1"] },
  },
  diaspora_x_queue_items: {
    type: "gauge",
    help: "How much waits in each bounded queue: rows of the inbox, messages that are being written there, stanzas at the stream, questions (IQs) without an answer yet.",
    labels: { queue: QUEUES },
  },
  diaspora_x_queue_limit: {
    type: "gauge",
    help: "How much has room in each bounded queue; beyond that what comes is refused or put off, and nothing is lost.",
    labels: { queue: QUEUES },
  },
} as const satisfies Section;
