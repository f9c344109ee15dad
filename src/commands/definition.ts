/**
 * What a person can do here, defined once: its name, its fields, who may, what happens.
 * Doors render it (ad-hoc commands, in-band registration; a chat, a page, a terminal could)
 * and add nothing of their own.
 */
import type { Jid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";

export interface CommandField {
  readonly name: string;
  readonly label: string;
  readonly kind: "text" | "flag" | "choice";
  readonly required: boolean;
  /** What the form shows first. */
  readonly value?: string;
  /** Of kind `choice`: value and label. */
  readonly choices?: readonly (readonly [string, string])[];
  /** In UTF-16 units; 1,023 when absent. */
  readonly maxLength?: number;
}

export interface CommandForm {
  readonly title: string;
  /** What will happen, in the words that the person agrees to. */
  readonly instructions: string;
  readonly fields: readonly CommandField[];
}

export type CommandValues = Readonly<Record<string, string>>;

export interface Command {
  /** Stable: clients remember it. */
  readonly node: string;
  readonly name: string;
  /** Whether it is offered. `form` and `run` refuse by themselves. */
  mayUse(caller: Jid): Promise<boolean>;
  /** Throws a DxError when the caller may not. */
  form(caller: Jid): Promise<CommandForm>;
  /** Does it; what it says is for the caller. Throws a DxError. */
  run(caller: Jid, values: CommandValues): Promise<string>;
}

const MAX_LENGTH = 1_023;

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
  if (text === "" || text.length > (field.maxLength ?? MAX_LENGTH)) return false;
  if (field.kind === "flag") return ["0", "1", "true", "false"].includes(text);
  if (field.kind === "choice") return field.choices?.some(([value]) => value === text) ?? false;
  return true;
}
