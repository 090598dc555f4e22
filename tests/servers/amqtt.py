"""The embedded 3.1.1 broker of the demo, as a process of its own: inside a test's process it would leave sockets behind."""

import asyncio
import sys
from pathlib import Path

from tests.servers.ports import answers, free_port
from tests.servers.process import ServerProcess

ROOT = Path(__file__).parents[2]


class Amqtt(ServerProcess):
    """Broker on loopback `port`; it forgets its sessions when it ends."""

    host = "127.0.0.1"

    def __init__(self) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "tests.servers.amqtt", str(self.port)]
        super().__init__(command, lambda: answers(self.port), environment={"PYTHONPATH": str(ROOT)})


async def _serve(port: int) -> None:
    from amqtt.broker import Broker

    listener = {"type": "tcp", "bind": f"127.0.0.1:{port}"}
    anybody = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
    await Broker({"listeners": {"default": listener}, "plugins": anybody}).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
