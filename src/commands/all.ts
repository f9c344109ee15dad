/** All commands, in the order in which they are listed. */
import { answerCommands } from "./answers.ts";
import type { Command } from "./definition.ts";
import { exportCommand, purgeCommand } from "./export.ts";
import { peopleCommands } from "./people.ts";
import type { CommandPorts } from "./ports.ts";
import { postCommands } from "./posts.ts";
import { preferencesCommand } from "./preferences.ts";
import { registerCommand, unregisterCommand } from "./register.ts";
import type { RegistrationPolicy } from "./registration-policy.ts";

export interface Commands {
  readonly all: readonly Command[];
  /** XEP-0077 is a door of these two. */
  readonly register: Command;
  readonly unregister: Command;
}

export function createCommands(ports: CommandPorts, policy: RegistrationPolicy): Commands {
  const register = registerCommand(ports.registration, policy);
  const unregister = unregisterCommand(ports.registration);
  return {
    register,
    unregister,
    all: [
      register,
      ...peopleCommands(ports),
      ...postCommands(ports),
      ...answerCommands(ports),
      preferencesCommand(ports),
      exportCommand(ports),
      purgeCommand(ports),
      unregister,
    ],
  };
}
