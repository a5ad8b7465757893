import { auth } from "@/lib/auth";
import { handleAuth } from "@/lib/auth-route";

function handle(request: Request): Promise<Response> {
  return handleAuth(request, auth().handler);
}

export { handle as GET, handle as POST };
