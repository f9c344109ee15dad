/** What most commands have in common: they are for whoever has registered. */
import type { Jid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import type {
  Command,
  CommandField,
  CommandForm,
  CommandValues,
  Occasion,
  Report,
} from "./definition.ts";
import type { RegistrationPorts } from "./register.ts";

export interface RegisteredCommand {
  readonly node: string;
  readonly name: string;
  readonly instructions: string;
  readonly fields?: readonly CommandField[] | ((caller: Jid) => Promise<readonly CommandField[]>);
  readonly args?: readonly string[];
  readonly confirm?: boolean;
  run(caller: Jid, values: CommandValues, occasion: Occasion): Promise<string | Report>;
}

export function registeredCommand(
  { find }: Pick<RegistrationPorts, "find">,
  { fields = [], instructions, run, ...command }: RegisteredCommand,
): Command {
  const check = async (caller: Jid): Promise<void> => {
    if ((await find(caller)) === null) throw new DxError("DX_NOT_REGISTERED");
  };
  return {
    ...command,
    mayUse: async (caller) => (await find(caller)) !== null,
    form: async (caller): Promise<CommandForm> => {
      await check(caller);
      return {
        title: command.name,
        instructions,
        fields: typeof fields === "function" ? await fields(caller) : fields,
      };
    },
    run: async (caller, values, occasion) => {
      await check(caller);
      return await run(caller, values, occasion);
    },
  };
}

export const TARGET_FIELD: CommandField = {
  name: "target",
  label: "Which post: its link, GUID or address; empty: the last one that you read or answered",
  kind: "target",
  required: false,
};

export const PERSON_FIELD: CommandField = {
  name: "person",
  label: "diaspora* ID, as in alice@pod.example",
  kind: "person",
  required: true,
};

export const TEXT_FIELD: CommandField = {
  name: "text",
  label: "Text",
  kind: "long",
  required: true,
};
