"""The broker in Python as a process: `python -m nykter.runtime.amqtt_broker PORT LOGINS`. Started by `AmqttBroker`."""

import asyncio
import logging
import signal
import sys
import warnings

from nykter.runtime.ports import LOOPBACK


async def serve(port: int, logins_path: str) -> None:
    """Run the broker on 127.0.0.1 until SIGTERM or SIGINT."""
    # amqtt announces its own deprecations while it is imported; they are not ours to act on.
    warnings.simplefilter("ignore")
    from amqtt.broker import Broker

    plugins = "nykter.runtime.amqtt_plugins"
    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"{LOOPBACK}:{port}"}},
            "plugins": {
                f"{plugins}.LoginPlugin": {"logins_path": logins_path},
                f"{plugins}.TopicPlugin": {"logins_path": logins_path},
            },
        }
    )
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await broker.start()
    await stopping.wait()
    await broker.shutdown()


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
