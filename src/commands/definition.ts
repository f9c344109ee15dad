/**
 * What a person can do here, defined once: its name, its fields, who may, what happens.
 * Doors render it (ad-hoc commands, in-band registration, a chat; a page or a terminal could)
 * and add nothing of their own.
 */
import type { Guid, Jid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";

export interface CommandField {
  readonly name: string;
  readonly label: string;
  /** `long`: of many lines. `person`: an address. `target`: a post or comment; see target.ts. */
  readonly kind: "text" | "long" | "flag" | "choice" | "person" | "target";
  readonly required: boolean;
  /** What the form shows first. */
  readonly value?: string;
  /** Of kind `choice`: value and label. */
  readonly choices?: readonly (readonly [string, string])[];
  /** In UTF-16 units; 1,023 when absent, 65,535 for a long one. */
  readonly maxLength?: number;
}

export interface CommandForm {
  readonly title: string;
  /** What will happen, in the words that the person agrees to. */
  readonly instructions: string;
  readonly fields: readonly CommandField[];
}

export type CommandValues = Readonly<Record<string, string>>;

/** How it came to be said. */
export interface Occasion {
  /** What "it" is: the post that was last read or answered in the chat; null: there is none. */
  readonly it: () => Promise<Guid | null>;
  /** The same when the same is said twice, by a client or a server that repeats itself. */
  readonly key: string;
  /** Of a chat message. */
  readonly messageId?: string;
}

/** What somebody is told who did something. */
export interface Report {
  readonly said: string;
  /** `warn`: done, but not as it was meant. */
  readonly level?: "info" | "warn";
  /** What was asked for, line by line. */
  readonly lines?: readonly string[];
  /** "it" from now on. */
  readonly about?: Guid;
}

export interface Command {
  /** Stable: clients remember it. */
  readonly node: string;
  readonly name: string;
  /** How it is said in a chat; its node when absent. */
  readonly word?: string;
  /** The fields that stand behind the word in a chat, in order; the last one takes the rest. */
  readonly args?: readonly string[];
  /** Who may not use it is told that there is no such command. */
  readonly hidden?: boolean;
  /** In a chat the instructions are shown first, and "yes" is waited for. */
  readonly confirm?: boolean;
  /** Whether it is offered. `form` and `run` refuse by themselves. */
  mayUse(caller: Jid): Promise<boolean>;
  /** Throws a DxError when the caller may not. */
  form(caller: Jid): Promise<CommandForm>;
  /** Does it; what it says is for the caller. Throws a DxError. */
  run(caller: Jid, values: CommandValues, occasion: Occasion): Promise<string | Report>;
}

/** Those that exist as far as the caller is concerned. */
export async function existingFor(
  caller: Jid,
  commands: readonly Command[],
): Promise<readonly Command[]> {
  const all = await Promise.all(
    commands.map(async (one) => (one.hidden !== true || (await one.mayUse(caller)) ? [one] : [])),
  );
  return all.flat();
}

const MAX_LENGTH = 1_023;
const MAX_LONG = 65_535;

/** What came in, as the fields want it. Throws DX_BAD_REQUEST; unknown values are dropped. */
export function validValues(
  fields: readonly CommandField[],
  raw: ReadonlyMap<string, string>,
): CommandValues {
  const values: Record<string, string> = {};
  for (const field of fields) {
    const text = (raw.get(field.name) ?? "").trim();
    if (text === "" && !field.required) continue;
    if (!fits(field, text)) {
      throw new DxError("DX_BAD_REQUEST", { evidence: { field: field.name } });
    }
    values[field.name] = text;
  }
  return values;
}

function fits(field: CommandField, text: string): boolean {
  const limit = field.maxLength ?? (field.kind === "long" ? MAX_LONG : MAX_LENGTH);
  if (text === "" || text.length > limit) return false;
  if (field.kind === "flag") return ["0", "1", "true", "false"].includes(text);
  if (field.kind === "choice") return field.choices?.some(([value]) => value === text) ?? false;
  return true;
}
