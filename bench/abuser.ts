// One caller who misbehaves in every way that the tests know, as a process of its own.
import { json } from "node:stream/consumers";
import { type Abusing, abuse, type Victim } from "../test/support/abuse.ts";

const { victim, abusing } = (await json(process.stdin)) as { victim: Victim; abusing: Abusing };
process.stdout.write(`${await abuse(victim, abusing)}\n`);
