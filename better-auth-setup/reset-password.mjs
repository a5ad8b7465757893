// `node reset-password.mjs EMAIL` prints a link by which this user chooses a new password. It reads the
// settings of the front end, and needs no running server.

import { betterAuth } from "better-auth";
import { openDatabase } from "./database.mjs";
import { authOptions } from "./options.mjs";
import { resetLink } from "./password-reset.mjs";
import { authSettings, readSettings } from "./settings.mjs";

async function main(email) {
  if (!email) throw new Error("expected an e-mail address: node reset-password.mjs ada@example.com");
  const settings = { ...readSettings(authSettings, process.env), RATE_LIMIT: false };
  const database = openDatabase(settings.DATABASE_URL);
  const options = authOptions(settings, database);
  let link;
  options.emailAndPassword.sendResetPassword = async ({ token }) => {
    link = resetLink(settings.BETTER_AUTH_URL, token);
  };
  options.logger = { disabled: true };
  await betterAuth(options).api.requestPasswordReset({ body: { email } });
  await database.close();
  if (!link) throw new Error(`there is no user with the e-mail address ${JSON.stringify(email)}`);
  console.log(`To choose a new password, open this address within 1 hour:\n${link}`);
}

main(process.argv[2]).catch((error) => {
  console.error(error.message || error.code);
  process.exit(1);
});
