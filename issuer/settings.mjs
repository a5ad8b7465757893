// Every setting of the issuer, read from the environment once and checked.

const ALGORITHMS = ["EdDSA", "ES256", "ES512", "PS256", "RS256"];

export function readSettings(env) {
  const port = number(env, "PORT", 3000);
  return {
    host: env.HOST || "127.0.0.1",
    port,
    url: env.BETTER_AUTH_URL || `http://localhost:${port}`,
    secret: checked(env, "BETTER_AUTH_SECRET", (text) => text?.length >= 32, "at least 32 characters"),
    databaseUrl: checked(
      env,
      "DATABASE_URL",
      (text) => /^(sqlite:\/\/\/.|postgres(ql)?:\/\/.)/.test(text ?? ""),
      "sqlite:///file.db or postgresql://user@host/name",
    ),
    algorithm: checked(
      { JWT_ALGORITHM: "EdDSA", ...present(env) },
      "JWT_ALGORITHM",
      (name) => ALGORITHMS.includes(name),
      ALGORITHMS.join(", "),
    ),
    // Text such as "15m": Better Auth takes a number for an absolute time.
    expiration: checked(
      { JWT_EXPIRATION: "15m", ...present(env) },
      "JWT_EXPIRATION",
      (text) => /^\d+ ?(s|m|h|d)$/.test(text),
      "a time such as 30s, 15m or 1h",
    ),
    rotationSeconds: number(env, "JWT_ROTATION_SECONDS"),
    graceSeconds: number(env, "JWT_GRACE_SECONDS"),
    trustedOrigins: (env.TRUSTED_ORIGINS ?? "").split(",").filter(Boolean),
    rateLimit: env.RATE_LIMIT !== "off",
  };
}

function checked(env, name, fits, expected) {
  if (fits(env[name])) return env[name];
  const found = env[name] === undefined ? "not set" : "wrong";
  throw new SettingError(`${name} is ${found}; expected ${expected}`);
}

function number(env, name, fallback) {
  if (!env[name]) return fallback;
  const value = Number(env[name]);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new SettingError(`${name} is wrong; expected a whole number`);
}

function present(env) {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value));
}

export class SettingError extends Error {}
