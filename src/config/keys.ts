/**
 * The schema as a flat list of keys: from it come the names of the environment's
 * variables, the example file and the reference page, and the words of complaints.
 */
import { z } from "zod";
import { configSchema } from "./schema.ts";

export type KeyKind = "text" | "number" | "boolean" | "list" | "map";

export interface ConfigKey {
  /** `xmpp.component.port` */
  readonly path: string;
  /** `DIASPORA_X_XMPP_COMPONENT_PORT` */
  readonly variable: string;
  readonly kind: KeyKind;
  readonly description: string;
  readonly accepts: string;
  readonly required: boolean;
  readonly secret: boolean;
  readonly isPath: boolean;
  /** A running daemon takes a new value of it (SIGHUP). */
  readonly reloads: boolean;
  readonly preset: unknown;
  readonly example: unknown;
}

export interface ConfigSection {
  readonly path: string;
  readonly description: string;
}

export const VARIABLE_PREFIX = "DIASPORA_X_";

/** The others count from the next start on. */
const RELOADED: ReadonlySet<string> = new Set([
  "xmpp.admins",
  "xmpp.leave_days",
  "server.trusted_proxies",
  "limits.requests_per_minute",
  "limits.inbox_max_rows",
  "limits.profile_delay_seconds",
  "limits.posts_per_day",
  "limits.comments_per_day",
  "limits.messages_per_day",
  "limits.follows_per_day",
  "limits.domain_acts_per_hour",
  "limits.pod_messages_per_hour",
  "moderation.pods",
  "moderation.quarantine_days",
  "contact.admin",
  "contact.abuse",
  "contact.support",
  "log.level",
]);

type JsonSchema = z.core.JSONSchema.JSONSchema;

const root = z.toJSONSchema(configSchema, { io: "input" });

function childrenOf(schema: JsonSchema): [string, JsonSchema][] {
  const children: [string, JsonSchema][] = [];
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    if (typeof child !== "boolean") children.push([name, child]);
  }
  return children;
}

function kindOf(schema: JsonSchema): KeyKind {
  if (schema.type === "integer" || schema.type === "number") return "number";
  if (schema.type === "boolean") return "boolean";
  if (schema.type === "object") return "map";
  if (schema.type === "array") return "list";
  // A choice between words and a list, as for xmpp.registration: one word alone stays a word.
  return schema.anyOf === undefined ? "text" : "list";
}

function keyOf(path: string, schema: JsonSchema, required: boolean): ConfigKey {
  const accepts = schema["accepts"];
  return {
    path,
    variable: VARIABLE_PREFIX + path.replaceAll(".", "_").toUpperCase(),
    kind: kindOf(schema),
    description: schema.description ?? "",
    accepts: typeof accepts === "string" ? accepts : "",
    required,
    secret: schema["secret"] === true,
    isPath: schema["path"] === true,
    reloads: RELOADED.has(path),
    preset: schema.default,
    example: schema["example"],
  };
}

function walk(
  schema: JsonSchema,
  prefix: string,
  keys: ConfigKey[],
  sections: ConfigSection[],
): void {
  for (const [name, child] of childrenOf(schema)) {
    const path = prefix + name;
    if (child.properties === undefined) {
      keys.push(keyOf(path, child, schema.required?.includes(name) === true));
      continue;
    }
    sections.push({ path, description: child.description ?? "" });
    walk(child, `${path}.`, keys, sections);
  }
}

const keys: ConfigKey[] = [];
const sections: ConfigSection[] = [];
walk(root, "", keys, sections);

export const CONFIG_KEYS: readonly ConfigKey[] = keys;
export const CONFIG_SECTIONS: readonly ConfigSection[] = sections;

/** The key of this path, or the one that holds it: `xmpp.domains.0.name` belongs to `xmpp.domains`. */
export function keyAt(path: string): ConfigKey | undefined {
  return keys.find((key) => path === key.path || path.startsWith(`${key.path}.`));
}
