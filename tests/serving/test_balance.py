"""Connections are spread evenly over the workers."""

from contextlib import ExitStack

from support.processes import wait_until
from support.raw import Raw

from serving.balance import ALIVE_SECONDS, Balance

from .conftest import Serve, connections

ROUNDS = 12
CONNECTIONS = 16


def test_no_worker_gets_the_connections_of_two(serve: Serve):
    server = serve(workers=2)
    with ExitStack() as stack:

        def both_accept() -> bool:
            stack.enter_context(Raw(server.url))
            stack.enter_context(Raw(server.url))
            return len(connections(server)) == 2 and min(connections(server)) > 0

        wait_until(both_accept)
    wait_until(lambda: sum(connections(server)) == 0)
    for _ in range(ROUNDS):
        with ExitStack() as stack:
            clients = [stack.enter_context(Raw(server.url)) for _ in range(CONNECTIONS)]
            for client in clients:
                client.get("/healthz")
            for client in clients:
                assert client.response().body == b"ok"
            fewest, most = sorted(connections(server))
            assert most < 2 * fewest
        wait_until(lambda: sum(connections(server)) == 0)


def test_a_worker_gives_way_only_to_workers_that_are_alive_and_have_fewer_connections():
    now = 100.0
    balance = Balance(lambda: now)
    assert not balance.gives_way(1, 5)
    balance.publish(1, 5)
    balance.publish(2, 3)
    assert balance.gives_way(1, 5)
    assert not balance.gives_way(1, 4)
    assert not balance.gives_way(2, 3)
    balance.publish(2, 80)
    assert not balance.gives_way(1, 91)
    assert balance.gives_way(1, 92)
    balance.leave(2)
    assert not balance.gives_way(1, 92)
    balance.publish(2, 80)
    now += ALIVE_SECONDS
    assert not balance.gives_way(1, 92)
