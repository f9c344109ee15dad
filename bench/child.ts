/** A process of its own that is given one job at a time and answers it. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface Child<Job, Answer> extends Disposable {
  readonly pid: number;
  ask(job: Job): Promise<Answer>;
}

/** `file`: beside this one. It answers each message with one. */
export function startChild<Job, Answer>(
  file: string,
  env: Readonly<Record<string, string>> = {},
): Child<Job, Answer> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
    serialization: "advanced",
    env: { ...process.env, ...env },
  });
  const gone = once(child, "exit").then(() => {
    throw new Error(`${file} ended by itself`);
  });
  gone.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    async ask(job) {
      const answered = new Promise<Answer>((resolve) => {
        child.once("message", (answer) => {
          resolve(answer as Answer);
        });
      });
      child.send(job as Parameters<typeof child.send>[0]);
      return await Promise.race([answered, gone]);
    },
    [Symbol.dispose]: () => {
      child.kill();
    },
  };
}
