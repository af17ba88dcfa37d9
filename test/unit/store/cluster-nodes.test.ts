// Reading the servers of a Redis Cluster from one address.
import { expect, it } from "vitest";
import { clusterNodes, isRedisAddress } from "../../../server/store/cluster-nodes.ts";

const hrefs = (url: string) => clusterNodes(url).map(({ href }) => href);

it("reads one server as it is", () => {
  expect(hrefs("rediss://user:p%40ss@redis:6380/2")).toEqual(["rediss://user:p%40ss@redis:6380/2"]);
});

it("gives each of several servers the user and the password", () => {
  expect(hrefs("redis://user:secret@a:7000,b:7001,[::1]:7002")).toEqual([
    "redis://user:secret@a:7000",
    "redis://user:secret@b:7001",
    "redis://user:secret@[::1]:7002",
  ]);
});

it.each([
  "",
  "redis",
  "http://redis:6379",
  "redis://",
  "redis://a:7000,",
  "redis://a:7000,b:x",
  "redis://:secret@",
])("does not take %j for an address of Redis", (url) => {
  expect(isRedisAddress(url)).toBe(false);
});
