// One abusive caller, a process of its own: every kind of abuse that the tests know, in turn.
import { json } from "node:stream/consumers";
import { type Abusing, abuse, type Victim } from "../test/support/abuse.ts";

const { victim, abusing } = (await json(process.stdin)) as { victim: Victim; abusing: Abusing };
process.stdout.write(`${await abuse(victim, abusing)}\n`);
