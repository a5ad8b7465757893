"""PgBouncer in transaction mode before the PostgreSQL server of the tests."""

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import mkdtemp

import psycopg
from sqlalchemy import make_url

from support.processes import Process, free_port, run_directory


class PgBouncer(Process):
    """PgBouncer with few connections, so that a client rarely gets the same one again."""

    def __init__(self, database_url: str, max_prepared_statements: int = 0) -> None:
        url = make_url(database_url)
        port = free_port()
        self.url = url.set(port=port).render_as_string(hide_password=False)
        folder = Path(mkdtemp(prefix="pgbouncer-", dir=run_directory()))
        settings = folder / "pgbouncer.ini"
        settings.write_text(
            f"[databases]\n* = host=127.0.0.1 port={url.port}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            "pool_mode = transaction\ndefault_pool_size = 4\nmax_client_conn = 200\n"
            f"auth_type = trust\nauth_file = {folder / 'users'}\n"
            + (
                f"max_prepared_statements = {max_prepared_statements}\n"
                if version() >= (1, 21)  # older ones don't know the setting
                else ""
            )
        )
        (folder / "users").write_text(f'"{url.username}" ""\n')
        user = None
        if os.geteuid() == 0:  # PgBouncer refuses to run as root
            user = "nobody"
            folder.chmod(0o755)
        super().__init__([find() or "", str(settings)], {}, Path("/"), user)

    def is_ready(self) -> bool:
        """Return whether PostgreSQL responds through PgBouncer."""
        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True


def find() -> str | None:
    """Return the program, or None if it is not installed."""
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def version() -> tuple[int, ...]:
    """Return the version of the installed program."""
    printed = subprocess.run(
        [find() or "", "--version"], capture_output=True, text=True, check=True
    ).stdout
    return tuple(int(part) for part in printed.split()[1].split("."))
