/** People by their pod, where only pods were found by their people. */
import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.raw("create index people_pod on people (pod_id) where pod_id is not null");
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("drop index people_pod");
}
