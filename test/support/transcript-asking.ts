/** Steps of transcripts in which people on pods ask something: polls, and events with their guests. */
import { askingPost, invitingPost } from "./peer-asking.ts";
import { newGuid } from "./peer-messages.ts";
import { personOf, wordsOf } from "./transcript-client.ts";
import { named, publicly } from "./transcript-pod.ts";
import type { StepKind } from "./transcript-stage.ts";

export const askingSteps: readonly StepKind[] = [
  {
    pattern: /^(\w+) asks in \{(\w+)\}$/,
    run: async (play, [who = "", name = ""], body) => {
      const author = personOf(play, who);
      const guid = named(play, name, author);
      const [question = "", ...answers] = wordsOf(body).split("\n");
      const all = answers.map((text, index) => {
        const answer = newGuid();
        play.values.set(`${name}.${String(index + 1)}`, answer);
        return { guid: answer, text: text.replace(/^- /, "") };
      });
      await publicly(play, author, askingPost(author, guid, question, all));
    },
  },
  {
    pattern: /^(\w+) invites in \{(\w+)\}$/,
    run: async (play, [who = "", name = ""], body) => {
      const author = personOf(play, who);
      const guid = named(play, name, author);
      const event = { guid: newGuid(), summary: wordsOf(body) };
      play.values.set(`${name}.event`, event.guid);
      await publicly(play, author, invitingPost(author, guid, event));
    },
  },
];
