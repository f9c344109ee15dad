/** An error as a person is told it: the registry's fixed words, and what to do. */
import type { DxError } from "../errors/error.ts";
import type { ErrorCode } from "../errors/registry.ts";

const ADVICE: Partial<Readonly<Record<ErrorCode, string>>> = {
  DX_NOT_REGISTERED: "Write “register” to the gateway to begin.",
  DX_JID_MALFORMED: "A diaspora* ID looks like alice@pod.example.",
  DX_ITEM_NOT_FOUND: "Name the post by its link or GUID, or answer it in its chat.",
  DX_COMMAND_PAYLOAD: "“help” and the name of the command show what it takes.",
};

export function sentence(error: DxError): string {
  const { message } = error.entry;
  const words = `${message.slice(0, 1).toUpperCase()}${message.slice(1)}.`;
  const advice = ADVICE[error.code];
  return advice === undefined ? words : `${words} ${advice}`;
}
