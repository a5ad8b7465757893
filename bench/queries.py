"""Measure what it costs to run the statements of the store by SQLAlchemy Core.

The same service runs three times: with the driver's connection as in ``todo/store/connection.py``,
with a Core connection and ``exec_driver_sql`` of the compiled text, and with a Core connection that
compiles the statement. The arms take turns; only the ratios are meaningful.
"""

import statistics
from contextlib import ExitStack

import load
from load import fill, measure
from support.commands import upgrade
from support.faulty_issuer import FaultyIssuer
from support.processes import Gunicorn, Postgres

ARMS = ("driver", "exec_driver_sql", "plain Core")
ROUNDS = 7


def main() -> None:
    load.ROUNDS = ROUNDS
    with Postgres() as postgres, FaultyIssuer() as issuer, ExitStack() as stack:
        env = {"DATABASE_URL": postgres.create_database("bench"), "BETTER_AUTH_URL": issuer.url}
        upgrade(env)
        fill(env["DATABASE_URL"])
        # Without reuse_port, one of the two workers sometimes gets all connections of wrk.
        args = ["--access-logfile", "/dev/null", "--reuse-port", "--pythonpath", "bench/peers"]
        urls = {
            arm: stack.enter_context(
                Gunicorn(env | {"ARM": arm}, workers=2, threads=8, args=args, app="query_arms:app")
            ).url
            for arm in ARMS
        }
        for title, lines in load.workloads(issuer).items():
            print_table(title, measure(urls, lines))


def print_table(title: str, results: dict[str, list[load.Rates]]) -> None:
    """Print the requests per second of each arm, and the ratio to the driver round by round."""
    print(f"{title:<26}{'requests/s':>12}{'vs. driver':>12}{'lowest':>9}{'highest':>9}")
    driver = [rate for rate, _, _ in results["driver"]]
    for arm, rounds in results.items():
        rates = [rate for rate, _, _ in rounds]
        ratios = [rate / other for rate, other in zip(rates, driver, strict=True)]
        print(
            f"{arm:<26}{statistics.median(rates):>12.0f}{statistics.median(ratios):>12.3f}"
            f"{min(ratios):>9.2f}{max(ratios):>9.2f}"
        )
    print(flush=True)


if __name__ == "__main__":
    main()
