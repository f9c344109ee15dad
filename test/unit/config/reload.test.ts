/** What a running daemon takes of a changed configuration (SIGHUP). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CONFIG_KEYS } from "../../../src/config/keys.ts";
import { liveConfig } from "../../../src/config/live.ts";
import { reloaded, type Reloaded } from "../../../src/config/reload.ts";
import { configSchema } from "../../../src/config/schema.ts";
import { configOf } from "../../../src/config/shape.ts";
import { withSections } from "../../../src/config/file.ts";
import { withValue, type Tree } from "../../../src/config/tree.ts";
import { VALID } from "./support.ts";

const written = (changes: Readonly<Record<string, unknown>> = {}) => {
  let tree: Tree = VALID;
  for (const [path, value] of Object.entries(changes)) tree = withValue(tree, path, value);
  return configSchema.parse(withSections(tree));
};

const after = (changes: Readonly<Record<string, unknown>>): Reloaded =>
  reloaded(written(), written(changes));

const TAKEN: Readonly<Record<string, unknown>> = {
  "xmpp.admins": ["admin@example.org"],
  "xmpp.leave_days": 3,
  "server.trusted_proxies": ["10.0.0.0/8"],
  "limits.requests_per_minute": 7,
  "limits.inbox_max_rows": 77,
  "limits.profile_delay_seconds": 7,
  "limits.posts_per_day": 7,
  "limits.comments_per_day": 7,
  "limits.messages_per_day": 7,
  "limits.follows_per_day": 7,
  "limits.domain_acts_per_hour": 7,
  "limits.pod_messages_per_hour": 7,
  "moderation.pods": "listed",
  "moderation.quarantine_days": 7,
  "contact.admin": ["mailto:admin@example.org"],
  "contact.abuse": ["mailto:abuse@example.org"],
  "contact.support": ["mailto:support@example.org"],
  "log.level": "debug",
};

test("the keys that are marked are those that are taken, each alone", () => {
  const marked = CONFIG_KEYS.filter(({ reloads }) => reloads).map(({ path }) => path);
  assert.deepEqual([...marked].sort(), Object.keys(TAKEN).sort());
  for (const [path, value] of Object.entries(TAKEN)) {
    const { changed, config, kept } = after({ [path]: value });
    assert.deepEqual([changed, kept], [[path], []]);
    assert.deepEqual(config, configOf(written({ [path]: value })));
  }
});

test("of what cannot be taken nothing counts, and every key is named", () => {
  const changes = {
    "xmpp.component.domain": "other.example.org",
    "server.port": 4001,
    "database.url": "postgres://secret@db/other",
    "security.key": "another",
    "log.level": "warn",
  };
  const { changed, config, kept } = after(changes);
  assert.deepEqual(changed, ["log.level"]);
  assert.deepEqual(
    [...kept].sort(),
    ["database.url", "security.key", "server.port", "xmpp.component.domain"].sort(),
  );
  assert.deepEqual(config, configOf(written({ "log.level": "warn" })));
});

test("a key that is taken away has its default again", () => {
  const { changed, config } = reloaded(written({ "limits.posts_per_day": 7 }), written());
  assert.deepEqual(changed, ["limits.posts_per_day"]);
  assert.equal(config.limits.postsPerDay, 500);
});

test("whoever holds the configuration sees the newest of it, all of it at once", () => {
  const live = liveConfig(configOf(written()));
  const { config } = live;
  assert.deepEqual({ ...config }, configOf(written()));
  const next = after(TAKEN).config;
  live.set(next);
  assert.deepEqual({ ...config }, next);
});
