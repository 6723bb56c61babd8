"""The wire between the site and its database, which can break: a small relay that speaks no SQL but knows a COMMIT.

wire.break_at(fault, commit, chance)   at the given COMMIT of what comes next, one of FAULTS happens, once
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
import time
from random import Random

# delay      everything stands still for a moment            jitter   every piece comes a little late
# before     cut before the COMMIT reaches the database       after    cut when it is done, before the answer comes back
# half_open  the database's side is gone, nobody says so      reset    the connection is reset in mid-sentence
# drip       the answer comes one byte at a time              partition  nothing passes, nobody new gets in
FAULTS = ("delay", "jitter", "before", "after", "half_open", "reset", "drip", "partition")
PIECE = 65536


class Wire:
    def __init__(self, database: str, partition: float = 1.0) -> None:
        self.database, self.partition = database, partition
        self.commits, self.at, self.fault = 0, 0, ""
        self.fired: list[str] = []
        self.healed_at = 0.0
        self.chance = Random()
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        assert self.ready.wait(10)

    def break_at(self, fault: str, commit: int, chance: Random) -> None:
        self.commits, self.at, self.fault, self.chance = 0, commit, fault, chance

    def mend(self) -> None:
        self.commits, self.fault = 0, ""

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()

    async def _end(self) -> None:
        self.server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0.01)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.server = self.loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self.server.sockets[0].getsockname()[1]
        self.ready.set()
        self.loop.run_forever()

    async def _serve(self, site: asyncio.StreamReader, to_site: asyncio.StreamWriter) -> None:
        await self._healed()
        base, to_base = await asyncio.open_unix_connection(self.database)
        ways = [self._up(site, to_base, base, to_site), self._down(base, to_site)]
        tasks = [asyncio.ensure_future(way) for way in ways]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            # An end that the other side has already left says so; that is what is played here.
            with contextlib.suppress(OSError):
                await asyncio.gather(*tasks, return_exceptions=True)
            for writer in (to_base, to_site):
                writer.transport.abort()

    async def _up(
        self,
        site: asyncio.StreamReader,
        to_base: asyncio.StreamWriter,
        base: asyncio.StreamReader,
        to_site: asyncio.StreamWriter,
    ) -> None:
        while piece := await site.read(PIECE):
            await self._healed()
            if self.fault == "jitter":
                await asyncio.sleep(self.chance.random() * 0.01)
            if b"COMMIT" in piece:
                self.commits += 1
                if self.commits == self.at and self.fault:
                    if not await self._happens(piece, to_base, to_site):
                        return
                    continue
            to_base.write(piece)
            await to_base.drain()

    async def _happens(self, piece: bytes, to_base: asyncio.StreamWriter, to_site: asyncio.StreamWriter) -> bool:
        """The fault, at its COMMIT; whether the connection goes on."""
        fault = self.fault
        self.fired.append(fault)
        if fault == "drip":
            self.dripping = 120
        if fault == "delay":
            await asyncio.sleep(0.2 + self.chance.random() * 0.3)
        if fault == "partition":
            self.healed_at = time.monotonic() + self.partition
            await self._healed()
        if fault in ("delay", "partition", "jitter", "drip"):
            to_base.write(piece)
            await to_base.drain()
            return True
        self.fault = ""
        if fault == "after":
            self.swallow = True
            to_base.write(piece)
            await to_base.drain()
            await asyncio.sleep(0.1)  # the database has answered by then, and nobody hears it
            self.swallow = False
        if fault == "half_open":
            to_base.transport.abort()
            await asyncio.sleep(0.3 + self.chance.random() * 0.3)
        if fault in ("half_open", "reset"):
            raw = to_site.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        to_site.transport.abort()
        return False

    swallow = False
    dripping = 0

    async def _down(self, base: asyncio.StreamReader, to_site: asyncio.StreamWriter) -> None:
        while piece := await base.read(PIECE):
            if self.swallow:
                continue
            await self._healed()
            if self.fault == "jitter":
                await asyncio.sleep(self.chance.random() * 0.01)
            while self.dripping and piece:
                self.dripping -= 1
                to_site.write(piece[:1])
                await to_site.drain()
                await asyncio.sleep(0.002)
                piece = piece[1:]
            to_site.write(piece)
            await to_site.drain()

    async def _healed(self) -> None:
        while time.monotonic() < self.healed_at:
            await asyncio.sleep(0.01)
