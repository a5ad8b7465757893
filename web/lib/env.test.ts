import { expect, test } from "vitest";
import { parseEnv } from "./env";

const GOOD = {
  BETTER_AUTH_URL: "https://app.example.com/",
  BETTER_AUTH_SECRET: "a secret that is made for this test",
  DATABASE_URL: "sqlite:////var/lib/todo/app.db",
  SERVICE_URL: "http://localhost:8000",
};

test("addresses are read as origins, and the rest has defaults", () => {
  expect(parseEnv(GOOD)).toMatchObject({
    BETTER_AUTH_URL: "https://app.example.com",
    JWT_EXPIRATION: "15m",
    RATE_LIMIT: "on",
  });
});

test.each(Object.keys(GOOD))("without %s the start fails and says what to set", (name) => {
  expect(() => parseEnv({ ...GOOD, [name]: "" })).toThrow(`${name} is not set. Set it to `);
});

test.each([
  ["BETTER_AUTH_URL", "app.example.com"],
  ["BETTER_AUTH_SECRET", "too short"],
  ["DATABASE_URL", "sqlite:///relative.db"],
  ["SERVICE_URL", "ftp://example.com"],
  ["SERVICE_PUBLIC_URL", "here"],
  ["JWT_EXPIRATION", "900"],
  ["JWT_ROTATION_SECONDS", "0"],
  ["RATE_LIMIT", "maybe"],
])("%s=%s is refused by name", (name, value) => {
  expect(() => parseEnv({ ...GOOD, [name]: value })).toThrow(`${name} is wrong. Set it to `);
});

test("every fault is named at once", () => {
  expect(() => parseEnv({})).toThrow(/BETTER_AUTH_URL[^]*BETTER_AUTH_SECRET[^]*DATABASE_URL[^]*SERVICE_URL/);
});

test("a secret that is wrong is not repeated in the log", () => {
  expect(() => parseEnv({ ...GOOD, BETTER_AUTH_SECRET: "hunter2" })).not.toThrow("hunter2");
});
