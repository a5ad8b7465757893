import { expect, test } from "vitest";
import { parseEnv } from "./env";

const VALID = {
  BETTER_AUTH_URL: "https://app.example.com/",
  BETTER_AUTH_SECRET: "a secret that is made for this test",
  DATABASE_URL: "sqlite:////var/lib/todo/app.db",
  SERVICE_URL: "http://localhost:8000",
};

test("URLs are reduced to origins, and optional settings have defaults", () => {
  expect(parseEnv(VALID)).toMatchObject({
    BETTER_AUTH_URL: "https://app.example.com",
    JWT_EXPIRATION: "15m",
    RATE_LIMIT: true,
  });
});

test.each(Object.keys(VALID))("a missing %s is an error that says what is expected", (name) => {
  expect(() => parseEnv({ ...VALID, [name]: "" })).toThrow(`${name} is not set; expected `);
});

test.each([
  ["BETTER_AUTH_URL", "app.example.com"],
  ["BETTER_AUTH_SECRET", "too short"],
  ["DATABASE_URL", "sqlite:///relative.db"],
  ["SERVICE_URL", "ftp://example.com"],
  ["SERVICE_PUBLIC_URL", "here"],
  ["CHATKIT_DOMAIN_KEY", "two words"],
  ["JWT_EXPIRATION", "900"],
  ["JWT_ROTATION_SECONDS", "0"],
  ["RATE_LIMIT", "maybe"],
])("%s=%s is an error that names the setting", (name, value) => {
  expect(() => parseEnv({ ...VALID, [name]: value })).toThrow(`${name} is invalid; expected `);
});

test.each([
  [true, ["true", "on", "yes", "1", "True", " ON "]],
  [false, ["false", "off", "no", "0", "False", "OFF"]],
])("a switch is %s for %j", (expected, words) => {
  expect(words.map((RATE_LIMIT) => parseEnv({ ...VALID, RATE_LIMIT }).RATE_LIMIT)).toEqual(words.map(() => expected));
});

test("the error names every missing setting", () => {
  expect(() => parseEnv({})).toThrow(/BETTER_AUTH_URL[^]*BETTER_AUTH_SECRET[^]*DATABASE_URL[^]*SERVICE_URL/);
});

test("an invalid secret does not appear in the error", () => {
  expect(() => parseEnv({ ...VALID, BETTER_AUTH_SECRET: "hunter2" })).not.toThrow("hunter2");
});
