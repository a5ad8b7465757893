// Every setting of the issuer, read from the environment once and checked.

const ALGORITHMS = ["EdDSA", "ES256", "ES512", "PS256", "RS256"];

export function readSettings(env) {
  const faults = [];

  function read(name, { fallback, fits, expected }) {
    const value = env[name] || fallback;
    if (!fits(value)) faults.push(`${name} is ${env[name] ? "wrong" : "not set"}; expected ${expected}`);
    return value;
  }

  function seconds(name) {
    const fits = (text) => !text || /^[1-9]\d*$/.test(text);
    const text = read(name, { fits, expected: "a whole number of seconds, 1 or more" });
    return text && Number(text);
  }

  const port = Number(
    read("PORT", {
      fallback: "3000",
      fits: (text) => /^\d+$/.test(text) && text >= 1 && text <= 65535,
      expected: "a number from 1 to 65535",
    }),
  );
  const settings = {
    port,
    host: env.HOST || "127.0.0.1",
    url: read("BETTER_AUTH_URL", {
      fits: (text) => !text || (/^https?:\/\/./.test(text) && URL.canParse(text)),
      expected: "an address such as https://app.example.com",
    }) ?? `http://localhost:${port}`,
    secret: read("BETTER_AUTH_SECRET", {
      fits: (text) => text?.length >= 32,
      expected: "at least 32 characters",
    }),
    databaseUrl: read("DATABASE_URL", {
      fits: (text) => /^(sqlite:\/\/\/[^?]|postgres(ql)?:\/\/.)/.test(text),
      expected: "sqlite:///file.db or postgresql://user@host/name",
    }),
    algorithm: read("JWT_ALGORITHM", {
      fallback: "EdDSA",
      fits: (name) => ALGORITHMS.includes(name),
      expected: `one of ${ALGORITHMS.join(", ")}`,
    }),
    // With a unit: Better Auth takes a bare number for an absolute time, and 900 for 1970.
    expiration: read("JWT_EXPIRATION", {
      fallback: "15m",
      fits: (text) => /^[1-9]\d*[smhd]$/.test(text),
      expected: "a number with a unit: 30s, 15m, 1h or 1d",
    }),
    rotationSeconds: seconds("JWT_ROTATION_SECONDS"),
    graceSeconds: seconds("JWT_GRACE_SECONDS"),
    rateLimit: read("RATE_LIMIT", {
      fallback: "on",
      fits: (text) => text === "on" || text === "off",
      expected: "on or off",
    }) === "on",
    trustedOrigins: (env.TRUSTED_ORIGINS ?? "").split(",").map((origin) => origin.trim()).filter(Boolean),
  };

  if (faults.length) throw new Error(faults.join("\n"));
  return settings;
}
